/** What a command may touch of the world; the tests give their own. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

const DEFAULT_WIDTH = 80;
const MAX_WIDTH = 160;

/** Columns to lay a table out for: the terminal's, COLUMNS where it is set, 80 otherwise. */
export function widthOf({ stdout, env }: Io): number {
  const columns = stdout.columns ?? Number(env['COLUMNS']);
  return Number.isInteger(columns) && columns > 0
    ? Math.min(Math.max(columns, 40), MAX_WIDTH)
    : DEFAULT_WIDTH;
}

/** Whether somebody looks at standard output in a terminal, where lines that are too long break: elsewhere nothing is cut. */
export const isWatched = ({ stdout, env }: Io): boolean => stdout.isTTY && !set(env['CI']);

/** Columns that cells of a table may fill. */
export const cellWidthOf = (io: Io): number => (isWatched(io) ? widthOf(io) : Infinity);

/** Whether to colour an output: --no-color, then NO_COLOR and FORCE_COLOR, then whether a person reads it. */
export function colorOf(output: Output, env: Io['env'], flag: boolean | undefined): boolean {
  if (flag !== undefined) return flag;
  if (set(env['NO_COLOR'])) return false;
  if (set(env['FORCE_COLOR'])) return env['FORCE_COLOR'] !== '0';
  return output.isTTY && env['TERM'] !== 'dumb' && !set(env['CI']);
}

const set = (value: string | undefined): boolean => value !== undefined && value !== '';
