import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { platform } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEVICES } from '../../devices/registry.ts';
import { MEASURE_PROGRAM, RUNTIMES } from '../../explorer/runtimes.ts';
import { withState, without, type Settings, type State, type Wanted } from '../../explorer/state.ts';
import { byteCount } from '../bytes.ts';
import {
  CONVENTION_OPTIONS,
  DEVICE_OPTIONS,
  GROUP_OPTION,
  conventionsOf,
  flag,
  groupingOf,
  list,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { FUSIONS, deviceOf } from '../device.ts';
import { serveExplorer, type Served } from '../explorerServer.ts';
import { fileError } from '../files.ts';
import type { Io } from '../io.ts';
import { DTYPES, MODEL_OPTIONS, isFile, requestOf } from '../model.ts';
import { interruptible } from '../probing.ts';
import { oneOf, usageError } from '../usage.ts';

/** The page that the build made, beside this file. */
declare const CSP_PROFILE_EXPLORER_PAGE: string;
/** What measures, beside it. */
declare const CSP_PROFILE_MEASURE_PROGRAM: string;

/** What the page costs networks on: energy tables and measured devices are the command line's. */
const HARDWARE = without(without(DEVICE_OPTIONS, 'energy'), 'rough');

export const openCommand: Command = {
  usage: '[models..]',
  positionals: { models: { describe: 'models to open with; more can be dropped into the page' } },
  options: {
    browser: {
      type: 'boolean',
      default: true,
      describe: 'open the page (--no-browser: only print its address)',
    },
    ...CONVENTION_OPTIONS,
    ...GROUP_OPTION,
    ...MODEL_OPTIONS,
    ...HARDWARE,
  },
  examples: [
    ['', 'a page to drop networks into; nothing leaves this machine'],
    ['resnext50 net.onnx --device jetson-tx2', 'two networks side by side on a device'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const specs = list(args, 'models');
    const { state, models } = await opening(specs, args, io);
    const page = readFileSync(new URL(CSP_PROFILE_EXPLORER_PAGE, import.meta.url), 'utf8');
    const server = await serveExplorer({ page, models, runtime: runtimeFiles(io) });
    const url = server.url + withState('', state);
    io.stdout.write(`${url}\n`);
    io.stderr.write('csp-profile: open until you end it (Ctrl-C); only this machine reaches it\n');
    if (flag(args, 'browser') !== false) openBrowser(url);
    await interruptible(
      (signal) => new Promise<void>((ended) => signal.addEventListener('abort', () => ended())),
    );
    await server.close();
    return 0;
  },
};

/** What the page opens with. */
async function opening(
  specs: readonly string[],
  args: Args,
  io: Io,
): Promise<{ readonly state: State; readonly models: Served['models'] }> {
  const models: string[] = [];
  const wanted = async (spec: string): Promise<Wanted> => {
    const { path, parameters = {}, ...request } = await requestOf(spec, args);
    const options = without(request, 'onUnknown');
    if (!isFile(path)) {
      const { extent, batch } = options;
      return {
        kind: 'zoo',
        name: path,
        parameters: { ...parameters, ...(extent && { input: extent }), ...(batch && { batch }) },
      };
    }
    const file = resolve(io.cwd, path);
    if (!existsSync(file)) throw fileError(path, Object.assign(new TypeError(), { code: 'ENOENT' }));
    models.push(file);
    return { kind: 'file', name: basename(path), options, served: models.length - 1 };
  };
  const networks: Wanted[] = [];
  for (const spec of specs) networks.push(await wanted(spec));
  return { state: { networks, settings: await settingsOf(args, io) }, models };
}

async function settingsOf(args: Args, io: Io): Promise<Settings> {
  const [device, buffer, fusion, dtype] = ['device', 'buffer', 'fusion', 'dtype'].map((name) =>
    text(args, name),
  );
  const group = groupingOf(args);
  return {
    ...conventionsOf(args),
    ...(group === undefined ? {} : { group }),
    ...(dtype === undefined ? {} : { dtype: oneOf('dtype', dtype, DTYPES) }),
    ...(device === undefined ? {} : { device: await deviceIn(device, io) }),
    ...(buffer === undefined ? {} : { bufferBytes: byteCount('buffer', buffer) }),
    ...(fusion === undefined ? {} : { fusion: oneOf('fusion', fusion, FUSIONS) }),
    ...(flag(args, 'double-buffering') === true ? { doubleBuffering: true } : {}),
    ...(flag(args, 'halo-reuse') === true ? { haloReuse: true } : {}),
  };
}

/**
 * The page has the devices whose figures are stated; files and devices that networks were measured on are the
 * command line's.
 */
async function deviceIn(name: string, io: Io): Promise<string> {
  const { id } = await deviceOf(name, io);
  if (DEVICES.some((device) => device.id === name)) return id;
  throw usageError(
    `the page does not cost networks on ${name}`,
    `csp-profile analyze MODEL --device ${name}`,
  );
}

/** What measures; the runtime where somebody has installed it: beside this program, or where the person is. */
function runtimeFiles({ cwd }: Io): Served['runtime'] {
  const program = fileURLToPath(new URL(CSP_PROFILE_MEASURE_PROGRAM, import.meta.url));
  const folder = [import.meta.url, join(cwd, 'package.json')]
    .map((from) => folderOf('onnxruntime-web', from))
    .find((found) => found !== undefined);
  return new Map([
    [MEASURE_PROGRAM, program],
    ...(folder === undefined
      ? []
      : Object.values(RUNTIMES)
          .flat()
          .map((name) => [name, join(folder, name)] as const)),
  ]);
}

function folderOf(name: string, from: string): string | undefined {
  try {
    return dirname(createRequire(from).resolve(name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The command that opens an address, by the system. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

function openBrowser(url: string): void {
  const [command, ...words] = OPENERS[platform()] ?? ['xdg-open'];
  // Without a browser the address that was printed is enough.
  spawn(command, [...words, url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
