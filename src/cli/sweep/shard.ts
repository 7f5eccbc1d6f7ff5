import type { Args } from '../command.ts';
import { text } from '../command.ts';
import type { Io } from '../io.ts';
import { usageError } from '../usage.ts';

/** One of so many equal parts of a sweep, counted from 0: the designs whose position leaves `part` over `parts`. */
export interface Shard {
  readonly part: number;
  readonly parts: number;
  /** who says so */
  readonly from: 'option' | 'Slurm';
}

/** The part that `--shard I/N` names, or Slurm's array; undefined: the whole sweep. */
export function shardOf(args: Args, { env }: Io): Shard | undefined {
  const given = text(args, 'shard');
  if (given === undefined) return slurmShard(env);
  const [, part = '', parts = ''] = /^([0-9]+)\/([0-9]+)$/.exec(given) ?? [];
  const shard = { part: Number(part), parts: Number(parts), from: 'option' } as const;
  if (part !== '' && parts !== '' && shard.part < shard.parts) return shard;
  throw usageError(
    `--shard is "${given}"`,
    'write its number, from 0, and how many there are: 0/16 to 15/16',
  );
}

/** Task numbers of an array begin at _MIN and go by _STEP. */
function slurmShard(env: Io['env']): Shard | undefined {
  const [id, count, least, step] = ['ID', 'COUNT', 'MIN', 'STEP'].map((name) => {
    const value = env[`SLURM_ARRAY_TASK_${name}`];
    return value === undefined || value === '' ? undefined : Number(value);
  });
  if (id === undefined || count === undefined) return undefined;
  const part = (id - (least ?? 0)) / (step ?? 1);
  if (Number.isInteger(part) && part >= 0 && part < count) return { part, parts: count, from: 'Slurm' };
  throw usageError(
    `Slurm's array task ${String(id)} has no place among ${String(count)} of equal steps`,
    'submit an array without gaps, such as --array=0-15, or give --shard',
  );
}

/** `rows.ndjson` as `rows.03-of-16.ndjson`: the shards of one sweep lie beside each other. */
export function shardFile(file: string, { part, parts }: Shard): string {
  const [, stem = file, extension = ''] = /^(.*?)(\.[^./\\]+)?$/.exec(file) ?? [];
  return `${stem}.${String(part).padStart(String(parts - 1).length, '0')}-of-${String(parts)}${extension}`;
}
