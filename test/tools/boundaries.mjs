// Who may import whom: the table of the architecture, one rule for each folder. `npm run boundaries` checks it.

/** What every folder may import: the files beside the folders, such as quantities and diagnostics. */
const vocabulary = '^src/(?!index\\.)[^/]+\\.ts$';

/** What formats there are, what they say of a model and what their places look like: data, and readers behind import(). */
const formatList = '^src/formats/(registry|format|origin)\\.ts$';

/** Folder -> what it may import beside itself and the vocabulary, of what types only, and what to do instead. */
const table = {
  ops: {
    may: [],
    instead:
      'An operator knows no graph and no format: pass what it needs as an attribute or as an input type.',
  },
  graph: {
    may: ['^src/ops/'],
    instead:
      'The graph is what formats build and metrics read: let them import it, or move the code to them.',
  },
  formats: {
    may: ['^src/graph/', '^src/ops/'],
    instead:
      'A format turns bytes into a graph and back: measure or print in the caller, from the graph it returns.',
  },
  devices: {
    may: ['^src/ops/dtype\\.ts$'],
    instead: 'A device is data: put the model that uses it into src/latency.',
  },
  metrics: {
    may: ['^src/graph/', '^src/ops/', '^src/devices/', '^src/latency/'],
    instead:
      'A metric is a function of the graph: what a format knows belongs into the graph as an attribute or origin.',
  },
  latency: {
    may: ['^src/devices/', '^src/graph/', '^src/ops/'],
    instead: 'Take work and shapes from graph; a number that people read is a metric, and reads this folder.',
  },
  analysis: {
    may: ['^src/metrics/', '^src/latency/', '^src/graph/', '^src/devices/', '^src/ops/', formatList],
    instead:
      'An analysis is a function of rows: add the number as a metric, or let the caller import the file.',
  },
  sweep: {
    may: ['^src/analysis/', '^src/metrics/', '^src/latency/', '^src/graph/', '^src/devices/', '^src/ops/'],
    instead:
      'A sweep computes rows of designs: take the networks as a NetworkSource, and files and threads to src/cli/sweep.',
  },
  report: {
    may: ['^src/analysis/', '^src/sweep/(front|row|polynomial)\\.ts$', formatList],
    instead:
      'A renderer prints rows and never asks the graph: put what it needs into the row in src/analysis.',
  },
  library: {
    may: ['^src/(analysis|report|devices|graph|sweep)/', '^architectures/'],
    instead:
      'The library joins what the core has into one call: put rules, numbers and text into the folder that owns them.',
  },
  probe: {
    may: [
      '^src/graph/',
      '^src/ops/(dtype|spec)\\.ts$',
      '^src/formats/(onnx/|byteSource\\.ts$)',
      '^src/analysis/(measurement|profile)',
      '^src/latency/kernels/',
    ],
    instead: 'The probe runs a graph through the ONNX writer: hand other data to it as an argument.',
  },
  explorer: {
    may: [
      '^src/(library|report|analysis|devices|formats|graph|metrics/conventions)/',
      // Of the probe what needs no process; src/probe says what does by what it imports.
      '^src/probe/(agreement|attribute|layerTimes|messages|outputScale|runtimeGraph|tensors|trace|warnings)\\.ts$',
      '^architectures/(zoo|family|parameter)\\.ts$',
    ],
    instead:
      'The page shows what the library makes: put numbers and text into the folder that owns them, for the command line to have them as well.',
  },
  cli: {
    // Not through src/index.ts: what a command loads by import() would then be in the bundle that starts.
    may: ['^src/(?!index\\.)', '^architectures/'],
    instead:
      'The command line reads arguments and files and prints: import the module itself, not the index of the library.',
  },
  architectures: {
    may: ['^src/graph/(network|builder|graph|inference)\\.ts$'],
    mayTypes: ['^src/ops/'],
    instead:
      'A network is a builder function: use what src/graph/network.ts offers, or add a block or layer there.',
  },
};

const folders = Object.entries(table).flatMap(([folder, { may, mayTypes = [], instead }]) => {
  const path = folder === 'architectures' ? '^architectures/' : `^src/${folder}/`;
  const from = { path };
  const own = [path, vocabulary, ...may];
  return [
    {
      name: `${folder}-imports`,
      comment: instead,
      from,
      to: { path: '^(src|architectures|test)/', pathNot: [...own, ...mayTypes] },
    },
    ...mayTypes.map((types) => ({
      name: `${folder}-imports-types`,
      comment: `Of these files only types: write \`import type\`. ${instead}`,
      from,
      to: { path: types, pathNot: own, dependencyTypesNot: ['type-only'] },
    })),
  ];
});

/** The packages that src may import: esbuild puts them into the bundle. */
const bundled = [
  'yargs',
  'yargs-parser',
  'fast-string-width',
  'csv-stringify',
  'mathjs',
  'vega',
  'vega-lite',
  'vega-interpreter',
  'yaml',
  'hyparquet-writer',
];

const core = '^(src/(?!cli/|probe/)|architectures/)';

export default {
  forbidden: [
    {
      name: 'vocabulary-imports',
      comment:
        'The files beside the folders stand below everything: move what needs an import to the folder that uses it.',
      from: { path: vocabulary },
      to: { path: '.', pathNot: vocabulary },
    },
    {
      name: 'units-and-diagnostics-imports',
      comment:
        'units.ts and diagnostics.ts import nothing: move what needs an import to the file that uses it.',
      from: { path: '^src/(units|diagnostics)\\.ts$' },
      to: { path: '.' },
    },
    ...folders,
    {
      name: 'index-imports',
      comment:
        'The library is the core: what needs a process, files or native code is in src/cli or csp-profile/probe.',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^(src/(cli|probe)|test)/' },
    },
    {
      name: 'architectures-are-for-users',
      comment:
        'The core knows no network by name: take a graph as an argument. src/index.ts, src/library, src/explorer and src/cli know the zoo.',
      from: { path: '^src/', pathNot: '^src/(index\\.ts$|library/|explorer/|cli/)' },
      to: { path: '^architectures/' },
    },
    {
      name: 'core-runs-in-a-browser',
      comment: 'No Node module in the core: read and write in src/cli, and pass bytes or text.',
      from: { path: core },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'native-code-in-probe-only',
      comment: 'onnxruntime is optional and native: only src/probe loads it, and by import().',
      from: { path: '^(src|architectures)/', pathNot: '^src/probe/' },
      to: { path: 'onnxruntime', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pictures-in-one-file',
      comment: 'sharp is optional and native: only src/cli/png.ts imports it, and is itself behind import().',
      from: { path: '^(src|architectures)/', pathNot: '^src/cli/png\\.ts$' },
      to: { path: 'node_modules/sharp/' },
    },
    {
      name: 'no-cycle',
      comment:
        'Move what both files need into a third one that imports neither. A list may load what uses the list by import().',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    {
      name: 'resolvable',
      comment: 'The file or package does not exist: mend the path, or install the package.',
      // dist/cli.cjs, as it will stand beside the bundle.
      from: { pathNot: '^src/cli/entry\\.cjs$' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      comment: 'src and architectures may import only what the bundle carries: the packages named here.',
      from: { path: '^(src|architectures)/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        // onnxruntime and sharp have rules of their own.
        pathNot: `node_modules/(@types/)?(${bundled.join('|')}|onnxruntime-(node|common|web)|sharp)/`,
      },
    },
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
