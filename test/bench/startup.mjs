// Whole-process time and peak memory of the command, beside Node's own start, and what a device adds: `npm run bench`.
// DARKNET=path/to/darknet adds Darknet on the same files, ONNX_TOOL=python3 adds onnx-tool (a Python that can import
// onnx_tool); RUNS=n sets the number of runs.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const runs = Number(process.env.RUNS ?? 31);
const folder = mkdtempSync(join(tmpdir(), 'csp-profile-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A Darknet file of this many sections in the proportions of a residual network. */
function cfg(sections) {
  const block = [
    '[convolutional]\nbatch_normalize=1\nfilters=32\nsize=1\nstride=1\npad=1\nactivation=leaky\n',
    '[convolutional]\nbatch_normalize=1\nfilters=64\nsize=3\nstride=1\npad=1\nactivation=leaky\n',
    '[shortcut]\nfrom=-3\nactivation=linear\n',
    '[route]\nlayers=-1,-4\n',
    '[convolutional]\nbatch_normalize=1\nfilters=64\nsize=1\nstride=1\npad=1\nactivation=mish\n',
  ];
  const head =
    '[net]\nwidth=16\nheight=16\nchannels=3\n\n[convolutional]\nfilters=64\nsize=3\nstride=1\npad=1\nactivation=leaky\n';
  const body = Array.from({ length: sections - 1 }, (_, index) => block[index % block.length]);
  const file = join(folder, `${sections}.cfg`);
  writeFileSync(file, [head, ...body].join('\n'));
  return file;
}

const cli = resolve('dist/cli.cjs');
const [ten, hundred] = [cfg(10_000), cfg(100_000)];
const commands = [
  { name: 'node -e 0', runs, argv: [process.execPath, '-e', '0'] },
  {
    name: 'csp-profile analyze cspresnext50',
    runs,
    argv: [process.execPath, cli, 'analyze', 'cspresnext50'],
  },
  ...[
    ['--device', 'jetson-tx2'],
    ['--device', 'tpu-v1'],
    ['--buffer', '108KiB'],
    ['--buffer', '108KiB', '--fusion', 'pairs'],
    ['--buffer', '108KiB', '--fusion', 'stages'],
  ].map((options) => ({
    name: `  ... ${options.join(' ')}`,
    runs,
    argv: [process.execPath, cli, 'analyze', 'cspresnext50', ...options],
  })),
  {
    name: 'csp-profile traffic, 20 buffer sizes',
    runs: 5,
    argv: [process.execPath, cli, 'traffic', 'cspresnext50', '--points', '20'],
  },
  { name: 'csp-profile analyze, 10,000 sections', runs: 5, argv: [process.execPath, cli, 'analyze', ten] },
  {
    name: 'csp-profile analyze, 100,000 sections',
    runs: 5,
    argv: [process.execPath, cli, 'analyze', hundred],
  },
];
const darknet = process.env.DARKNET;
if (darknet !== undefined) {
  // `darknet ops` parses the file, builds the network, lists its layers and prints its FLOPs.
  const network = join(folder, 'cspresnext50.cfg');
  const exported = execFileSync(process.execPath, [cli, 'export', 'cspresnext50', '--to', 'cfg', '--quiet']);
  writeFileSync(network, exported);
  for (const [name, file] of [
    ['cspresnext50.cfg', network],
    ['1,000 sections', cfg(1_000)],
  ]) {
    commands.push(
      { name: `darknet ops, ${name}`, runs: 3, argv: [darknet, 'ops', file] },
      { name: `csp-profile analyze, ${name}`, runs: 5, argv: [process.execPath, cli, 'analyze', file] },
    );
  }
}

/** An ONNX file of a network, made by the command itself. */
function onnx(name, network) {
  const file = join(folder, name);
  const options = ['--to', 'onnx', '--weights', 'zero', '--quiet', '-o', file];
  execFileSync(process.execPath, [cli, 'export', network, ...options]);
  return file;
}

/** A Darknet file of 1.5 GB of weights: 22 convolutions of 4096 channels. */
function heavyCfg() {
  const conv = '[convolutional]\nfilters=4096\nsize=1\nstride=1\nactivation=relu\n';
  const file = join(folder, 'heavy.cfg');
  const head = '[net]\nwidth=8\nheight=8\nchannels=4096\n';
  writeFileSync(file, [head, ...Array.from({ length: 22 }, () => conv)].join('\n'));
  return file;
}

const python = process.env.ONNX_TOOL;
if (python !== undefined && spawnSync(python, ['-c', 'import onnx_tool']).status === 0) {
  for (const file of [onnx('resnet50.onnx', 'resnet50'), onnx('1.5 GB.onnx', heavyCfg())]) {
    const script = 'import onnx_tool, sys; onnx_tool.model_profile(sys.argv[1])';
    commands.push(
      { name: `onnx-tool, ${basename(file)}`, runs: 3, argv: [python, '-c', script, file] },
      {
        name: `csp-profile analyze, ${basename(file)}`,
        runs: 3,
        argv: [process.execPath, cli, 'analyze', file],
      },
    );
  }
} else console.log('onnx-tool is left out: ONNX_TOOL names no Python command that can import onnx_tool');

const run = (command, args) => {
  const { status, stderr } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')}: ${stderr}`);
  return stderr;
};

/** Milliseconds of the whole process. */
const time = ({ argv: [command, ...args] }) => {
  const start = performance.now();
  run(command, args);
  return performance.now() - start;
};

/** Peak resident memory; a run of its own, since GNU time takes time itself and is not everywhere. */
const mebibytes = ({ argv }) =>
  existsSync('/usr/bin/time')
    ? (
        Number(
          run('/usr/bin/time', ['-f', '%M', ...argv])
            .trim()
            .split('\n')
            .at(-1),
        ) / 1024
      ).toFixed(1)
    : '-';

const samples = commands.map(() => []);
for (let round = 0; round < runs; round++)
  for (const [index, command] of commands.entries())
    if (round < command.runs) samples[index].push(time(command));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const node = median(samples[0]);
const print = (...cells) =>
  console.log(cells.map((cell, column) => (column === 0 ? cell.padEnd(40) : cell.padStart(9))).join(''));
print('whole process, median', 'runs', 'ms', 'x node', 'peak MiB');
for (const [index, command] of commands.entries()) {
  const milliseconds = median(samples[index]);
  print(
    command.name,
    String(command.runs),
    milliseconds.toFixed(1),
    (milliseconds / node).toFixed(2),
    mebibytes(command),
  );
}

const { buildNetwork, systolicConv } = await import(pathToFileURL(resolve('dist/index.js')).href);
const { nodes, tensors } = buildNetwork('cspresnext50');
const layers = nodes
  .filter(({ kind }) => kind === 'conv')
  .map(({ inputs, attrs }) => {
    const [batch, inputChannels, ...input] = tensors[inputs[0]].type.shape;
    const { outChannels, groups } = attrs;
    return { batch, inputChannels, outputChannels: outChannels, groups, input, window: attrs };
  });
const arrays = ['os', 'ws', 'is'].flatMap((dataflow) =>
  [8, 16, 32, 64, 128].flatMap((rows) =>
    [8, 16, 32, 64, 128].map((columns) => ({ rows, columns, dataflow })),
  ),
);
let pairs = 0;
const start = performance.now();
while (performance.now() - start < 1000)
  for (const array of arrays)
    for (const layer of layers) {
      systolicConv(layer, array);
      pairs++;
    }
const perSecond = pairs / ((performance.now() - start) / 1000);
console.log(`cycles of ${(perSecond / 1e6).toFixed(1)}e6 layers on arrays per second`);
