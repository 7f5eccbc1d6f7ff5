-- duckdb < merge.sql
-- Each design once, whichever shard, or run of a shard, it is from.
CREATE TABLE rows AS
  SELECT DISTINCT ON ("index") * EXCLUDE (filename)
  FROM read_ndjson('shards/*.ndjson', filename = true, union_by_name = true)
  ORDER BY "index", filename;

-- The front of FLOPs against CIO among designs that keep the constraint (one that failed has no FLOPs):
-- no other is as good in both and better in one.
SELECT a.design, a.flops, a.cio
FROM rows a
WHERE a.flops <= 2e9 AND NOT EXISTS (
  SELECT 1 FROM rows b
  WHERE b.flops <= a.flops AND b.cio <= a.cio AND (b.flops < a.flops OR b.cio < a.cio))
ORDER BY a.flops;

COPY rows TO 'rows.parquet' (FORMAT parquet);
