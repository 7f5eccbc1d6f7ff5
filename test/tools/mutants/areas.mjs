// What is mutated, and how the tests that hold its rules begin.
const AREAS = {
  'src/ops': ['test/ops/'],
  'src/metrics': ['test/metrics/', 'test/graph/arena'],
  'src/latency': ['test/latency/'],
  'src/formats/onnx': [
    'infer',
    'nodeTests',
    'counts',
    'lower',
    'contents',
    'microsoft',
    'constant',
    'model',
    'read',
    'write',
    'forms',
  ].map((name) => `test/formats/onnx/${name}`),
  'src/analysis/gate': ['gate', 'limit', 'rule', 'config', 'demands', 'measured'].map(
    (name) => `test/gate/${name}.test.ts`,
  ),
  'src/analysis': ['diff', 'align', 'bottleneck'].map((name) => `test/analysis/${name}`),
  'src/probe': ['test/probe/attributeMade'],
};

/** What is mutated without arguments. */
export const MUTATED = [
  'src/ops',
  'src/metrics',
  'src/latency',
  'src/formats/onnx/ops',
  'src/analysis/diff.ts',
  'src/analysis/align.ts',
  'src/analysis/bottleneck.ts',
  'src/analysis/gate',
  'src/probe/attribute.ts',
];

/** How the tests that hold the rules of a file or folder begin. */
export function testsOf(path) {
  const area = Object.keys(AREAS).find((each) => path === each || path.startsWith(`${each}/`));
  if (area === undefined) throw new Error(`${path} lies in none of ${Object.keys(AREAS).join(', ')}`);
  return AREAS[area];
}
