import { main } from '../../src/cli/main.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly isTTY?: boolean;
}

/** The command line, in this process: what it prints and its exit code. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd = '.', env = {}, columns, isTTY = false } = options;
  const printed = { stdout: '', stderr: '' };
  const output = (to: 'stdout' | 'stderr') => ({
    write(text: string) {
      printed[to] += text;
    },
    isTTY,
    columns,
  });
  const code = await main(argv, { cwd, env, stdout: output('stdout'), stderr: output('stderr') });
  return { code, ...printed };
}
