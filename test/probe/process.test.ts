import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { ask } from '../../src/probe/childProcess.ts';
import { prepare, writeChain } from '../../src/probe/prepare.ts';
import { childOptions, workshop } from './child.ts';

const shop = workshop();

const inspect = (model: string, saveTo: string) =>
  ({
    kind: 'inspect',
    model,
    named: model,
    source: `${saveTo}.source`,
    optimised: saveTo,
    large: false,
    device: 'cpu',
    level: 'all',
    threads: 1,
  }) as const;

/** What a child that runs this program ends as. */
async function endOf(program: string, limits: { readonly stepMs?: number } = {}): Promise<string> {
  const options = { ...childOptions(shop.fake(program), shop.folder()), ...limits };
  return ask(inspect('model.onnx', 'none'), 'model', options).then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Whether a process still runs; one that has ended and that nobody has waited for does not. */
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
};

/** Waits for it, however busy the machine is: what never comes is the test's own limit. */
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((wait) => setTimeout(wait, 50));
};

describe('a child process', () => {
  it('that crashes is one line with the signal and the step', async () => {
    const crash = `process.on('message', () => process.send({ kind: 'step', step: 'loading the model' }, () => process.kill(process.pid, 'SIGSEGV')));`;
    expect(await endOf(crash)).toMatch(
      /^model: onnxruntime crashed \(SIGSEGV\) while loading the model \(fix: .*\) CSP704$/,
    );
    expect(await endOf(`process.on('message', () => process.abort());`)).toMatch(
      /crashed \(SIGABRT\) while starting.* CSP704$/,
    );
    expect(
      await endOf(`process.on('message', () => { console.error('no luck'); process.exit(3); });`),
    ).toMatch(/crashed \(exit code 3\) while starting: no luck \(fix: .*\) CSP704$/);
  });

  it('that hangs is stopped in time, even in native code', async () => {
    const hang = `process.on('message', () => process.send({ kind: 'step', step: 'running it' }, () => { for (;;); }));`;
    expect(await endOf(hang, { stepMs: 1000 })).toMatch(
      /^model: onnxruntime was still (running it|starting) after 1 s and was stopped .* CSP705$/,
    );
  });

  it('that is killed from outside was most likely too large', async () => {
    expect(await endOf(`process.on('message', () => process.kill(process.pid, 'SIGKILL'));`)).toMatch(
      /^model: its process was killed while starting, .* CSP706$/,
    );
  });

  it('that takes more memory than it may is stopped', async () => {
    const folder = shop.folder();
    const limits = { memory: 60 * 2 ** 20, folder };
    const { path } = prepare({ graph: buildNetwork('resnet10', { input: 64 }) }, folder, 1);
    const request = {
      kind: 'measure',
      models: [{ path, feeds: [] }],
      device: 'cpu',
      level: 'all',
      threads: 1,
      seed: 1,
      warmup: 1,
      rounds: { least: 1_000_000, most: 1_000_000 },
      target: 0,
      seconds: 600,
      folder,
      chain: writeChain(folder),
    } as const;
    await expect(
      ask(request, 'resnet10', { ...childOptions(shop.program(), folder), limits }),
    ).rejects.toThrow(/^resnet10: it took more than 0.1 GiB of memory while .* CSP706$/);
  });

  it('tells what onnxruntime says of a model that is none', async () => {
    const folder = shop.folder();
    const model = join(folder, 'model.onnx');
    writeFileSync(model, 'no model at all');
    await expect(
      ask(inspect(model, join(folder, 'x')), 'mine', childOptions(shop.program(), folder)),
    ).rejects.toThrow(/^mine: onnxruntime refuses the model while loading the model: .* CSP703$/);
  });

  it('tells that onnxruntime is missing, and how to install it', async () => {
    const missing = `process.on('message', () => process.send({ kind: 'failed', reason: 'x', code: 'missing' }));`;
    expect(await endOf(missing)).toBe(
      'onnxruntime-node is not installed: it runs what probe measures (fix: npm install onnxruntime-node --onnxruntime-node-install=skip, beside csp-profile (without =skip it downloads CUDA as well)) CSP701',
    );
  });

  it.each([
    ['dml', /^DirectML is not available here: .*Windows only.* CSP702$/],
    ['coreml', /^Core ML is not available here: .*macOS only.* CSP702$/],
    ['cuda', /^CUDA is not available here: .*cuda12.* CSP702$/],
  ] as const)('tells that %s is not there', async (device, message) => {
    if (process.platform !== 'linux') return;
    const folder = shop.folder();
    const { path } = writeChain(folder);
    const request = { ...inspect(path, join(folder, 'x')), device };
    await expect(ask(request, 'model', childOptions(shop.program(), folder))).rejects.toThrow(message);
  });

  it('whose parent has gone before it was ready ends, and its folder with it', async () => {
    const folder = shop.folder();
    const limits = JSON.stringify(childOptions(shop.program(), folder).limits);
    const child = spawn(process.execPath, [fileURLToPath(shop.program()), limits, '1'], { stdio: 'ignore' });
    await new Promise((ended) => child.on('exit', ended));
    expect(existsSync(folder)).toBe(false);
  });

  it('is gone when its request is given up', async () => {
    const pidFile = join(shop.folder(), 'pid');
    const controller = new AbortController();
    const program = shop.fake(
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const asked = ask(inspect('m', 'n'), 'model', {
      ...childOptions(program, shop.folder()),
      signal: controller.signal,
    });
    await until(() => existsSync(pidFile));
    controller.abort();
    await expect(asked).rejects.toThrow(/interrupted .* CSP709/);
    expect(alive(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
  });
});

describe('the command', () => {
  /** The bundled command in a folder for temporary files of its own. */
  function start(...args: readonly string[]) {
    const temporary = join(shop.folder(), 'tmp');
    mkdirSync(temporary);
    const command = spawn(process.execPath, ['dist/cli.cjs', 'probe', ...args], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { stdout: '', stderr: '' };
    command.stdout.on('data', (chunk: Buffer) => (printed.stdout += chunk.toString()));
    command.stderr.on('data', (chunk: Buffer) => (printed.stderr += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => command.on('close', resolve));
    return { command, temporary, printed, ended };
  }

  const childrenOf = (pid: number): readonly number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((each) => parentOf(each) === pid);

  function parentOf(pid: number): number | undefined {
    try {
      const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      return undefined;
    }
  }

  it.runIf(process.platform === 'linux').each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves no process and no file behind after %s',
    async (signal) => {
      const { command, temporary, printed, ended } = start(
        'resnet10@128',
        '--runs',
        '100000',
        '--budget',
        '600',
      );
      const pid = command.pid!;
      await until(() => childrenOf(pid).length > 0);
      await new Promise((wait) => setTimeout(wait, 1500));
      // A parent that dies between two children leaves nobody who could clear up.
      await until(() => childrenOf(pid).length > 0);
      const children = childrenOf(pid);
      command.kill(signal);
      const code = await ended;
      if (signal !== 'SIGKILL') {
        expect(code).toBe(130);
        expect(printed).toEqual({
          stdout: '',
          stderr: 'csp-profile: interrupted (fix: start it again) CSP709\n',
        });
      }
      await until(() => !children.some(alive));
      await until(() => readdirSync(temporary).length === 0);
    },
  );
});
