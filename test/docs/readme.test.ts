import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { run } from '../cli/run.ts';

const README = readFileSync('README.md', 'utf8');

interface Block {
  readonly title: string;
  readonly text: string;
}

const blocks = (language: string): Block[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ({ 1: text = '' }) => ({
      title: text.split('\n').find((line) => line !== '') ?? '',
      text,
    }),
  );

/** `expression; // value` becomes a check that the expression has the value. */
const withChecks = (text: string): string =>
  text.replace(
    /^(.+); \/\/ (.+)$/gm,
    (_, expression: string, value: string) => `checks.push([${expression}, ${value}]);`,
  );

describe('examples of the README', () => {
  it.each(blocks('ts').map(({ title, text }, i) => [`${String(i + 1)}: ${title}`, text]))(
    '%s',
    async (_, text) => {
      const program = `export const checks: [unknown, unknown][] = [];\n${withChecks(text)}`;
      const { outputFiles } = await build({
        stdin: { contents: program, loader: 'ts', resolveDir: '.' },
        alias: { 'csp-profile': resolve('src/index.ts') },
        bundle: true,
        format: 'esm',
        write: false,
      });
      const source = outputFiles[0]?.text ?? '';
      const module = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
        readonly checks: readonly (readonly [unknown, unknown])[];
      };
      expect(module.checks.length).toBeGreaterThan(0);
      for (const [actual, stated] of module.checks) expect(actual).toEqual(stated);
    },
  );

  const commands = blocks('console').filter(({ text }) => text.startsWith('$ csp-profile '));

  it.each(commands.map(({ title, text }) => [title, text]))('%s', async (title, text) => {
    const { stdout, code } = await run(title.slice('$ csp-profile '.length).split(' '), { columns: 80 });
    expect(code).toBe(0);
    expect(text).toBe(`${title}\n${stdout}`);
  });

  it('are there', () => {
    expect(blocks('ts').length).toBeGreaterThan(1);
    expect(commands.length).toBeGreaterThan(0);
  });
});
