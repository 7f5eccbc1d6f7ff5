-- duckdb < merge.sql
-- Each design once, whichever shard, or run of a shard, it is from.
CREATE TABLE rows AS
  SELECT DISTINCT ON ("index") * EXCLUDE (filename)
  FROM read_ndjson('shards/*.ndjson', filename = true, union_by_name = true)
  ORDER BY "index", filename;

-- The front of FLOPs against CIO: no design is as good in both and better in one.
SELECT a.design, a.flops, a.cio
FROM rows a
WHERE a.error IS NULL AND a.infeasible IS NULL AND NOT EXISTS (
  SELECT 1 FROM rows b
  WHERE b.error IS NULL AND b.infeasible IS NULL
    AND b.flops <= a.flops AND b.cio <= a.cio AND (b.flops < a.flops OR b.cio < a.cio))
ORDER BY a.flops;

COPY rows TO 'rows.parquet' (FORMAT parquet);
