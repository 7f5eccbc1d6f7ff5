import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { zoo } from '../../architectures/zoo.ts';
import { run } from './run.ts';

it('help COMMAND is COMMAND --help', async () => {
  const [asked, option] = [await run(['help', 'gate']), await run(['gate', '--help'])];
  expect(asked).toEqual(option);
  expect(asked.stdout).toContain('--update');
  expect((await run(['help', 'nothing'])).code).toBe(2);
});

it('completes commands, options and networks in bash', async () => {
  const { stdout, code } = await run(['completion', 'bash']);
  expect(code).toBe(0);
  const complete = (words: readonly string[]): readonly string[] => {
    const script = `${stdout}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${String(words.length - 1)}
_csp_profile; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split('\n');
  };
  expect(complete(['csp-profile', 'ana'])).toEqual(['analyze']);
  expect(complete(['csp-profile', 'gate', '--upd'])).toEqual(['--update']);
  const csp = zoo().flatMap(({ name }) => (name.startsWith('cspres') ? [name] : []));
  expect([...complete(['csp-profile', 'analyze', 'cspres'])].sort()).toEqual([...csp].sort());
});

it('has every command in zsh and fish', async () => {
  for (const shell of ['zsh', 'fish']) {
    const { stdout } = await run(['completion', shell]);
    for (const name of ['analyze', 'diff', 'report', 'gate', 'completion']) expect(stdout).toContain(name);
  }
  expect((await run(['completion', 'csh'])).stderr).toMatch(/bash, zsh, fish/);
});
