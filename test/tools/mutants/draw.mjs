// `node test/tools/mutants/draw.mjs [PATH]... [--count N] [--seed S] [--list FILE] [--only ID,...] [--tests PATH,...]`:
// one-line changes of rules, as a person would make them by hand: drawn over the files below, or listed as
// `{ mutants: [{ id, file, from, to }] }`; of these the ones in the paths, and the ones named. Each is made in a bundle of
// the tests beside the rule, or of those given, which run until one fails; the file stays as it is.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { testsOf } from './areas.mjs';
import { bundledTests } from './bundledTests.mjs';
import { random } from './random.mjs';

const OPS = ['activation', 'elementwise', 'reduce', 'normalize'].map((kind) => `src/ops/${kind}.ts`);
const LATENCY = ['operators', 'fit', 'networkLatency', 'networkEnergy'].map(
  (name) => `src/latency/${name}.ts`,
);

/** Files, and folders of files, with rules. */
const RULES = [
  ...OPS,
  'src/metrics/counts.ts',
  'src/metrics/conventions/flops.ts',
  'src/analysis/diff.ts',
  'src/analysis/align.ts',
  'src/analysis/gate',
  ...LATENCY,
  'src/formats/onnx/ops',
  'src/formats/onnx/lower.ts',
  'src/probe/attribute.ts',
];

const filesOf = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .map((name) => `${path}/${name}`)
    : [path];

/** [what is found in code outside comments and text, what takes its place]. */
const CHANGES = [
  [/(?<=[\w)\]]) \* (?=[\w(])/g, ' + '],
  [/(?<=[\w)\]]) \+ (?=[\w(])/g, ' - '],
  [/(?<=[\w)\]]) - (?=[\w(])/g, ' + '],
  [/(?<=[\w)\]]) \/ (?=[\w(])/g, ' * '],
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/Math\.max/g, 'Math.min'],
  [/Math\.min/g, 'Math.max'],
  [/Math\.floor/g, 'Math.ceil'],
  [/Math\.ceil/g, 'Math.floor'],
  [/\b[1-9]\d*\b(?![.\]])/g, (number) => String(Number(number) + 1)],
  [/\.at\(-1\)/g, '.at(-2)'],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  // A factor, a way out, and an entry of a table that are gone.
  [/(?<=[\w)\]]) [*/] \w+(?=[;,)])/g, ''],
  [/(?<=^ +)if \(.*\) return .*;$/gm, ''],
  [/(?<=^ {4})\w+: (?!readonly)[\w{].*,$/gm, ''],
];

/** With blanks for comments and underscores for text: what is found in them changes no rule. */
const code = (text) =>
  text.replace(/\/\*[^]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|^import .*/gm, (all) =>
    all.replace(/[^\n]/g, all.startsWith('/') ? ' ' : '_'),
  );

function* changesOf(file) {
  const text = readFileSync(file, 'utf8');
  const bare = code(text);
  for (const [pattern, replacement] of CHANGES) {
    for (const { 0: found, index } of bare.matchAll(pattern)) {
      const from = text.lastIndexOf('\n', index) + 1;
      const to = text.indexOf('\n', index);
      const line = text.slice(from, to);
      const change = typeof replacement === 'string' ? replacement : replacement(found);
      const changed = line.slice(0, index - from) + change + line.slice(index - from + found.length);
      yield { file, at: from, from: line, to: changed };
    }
  }
}

function drawn(count, seed) {
  const next = random(seed);
  const all = RULES.flatMap(filesOf).flatMap((file) => [...changesOf(file)]);
  const order = all.map((change) => [next(), change]).sort(([a], [b]) => a - b);
  const lines = new Map();
  for (const [, change] of order) {
    const line = `${change.file}:${String(change.at)}`;
    if (!lines.has(line)) lines.set(line, change);
  }
  return [...lines.values()].slice(0, count).map((change, i) => ({ id: `D${String(i)}`, ...change }));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    list: { type: 'string' },
    only: { type: 'string' },
    tests: { type: 'string' },
  },
});

let current;
function changed(file, text) {
  if (file !== current?.file) return undefined;
  const at = text.indexOf(current.from, current.at ?? 0);
  if (at < 0) throw new Error(`${current.id}: ${file} has no ${current.from}`);
  return { active: true, text: text.slice(0, at) + current.to + text.slice(at + current.from.length) };
}

/** The tests of each area. */
mkdirSync('temp', { recursive: true });
const folder = mkdtempSync('temp/drawn-');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const areas = new Map();
async function firstFailure(file) {
  const starts = values.tests?.split(',') ?? testsOf(file);
  const key = starts.join();
  if (!areas.has(key)) areas.set(key, await bundledTests(starts, mkdtempSync(`${folder}/`)));
  return areas.get(key).firstFailure(changed);
}

const listed =
  values.list === undefined
    ? drawn(Number(values.count), Number(values.seed))
    : JSON.parse(readFileSync(values.list, 'utf8')).mutants;
const mutants = listed.filter(
  ({ id, file }) =>
    (values.only?.split(',').includes(id) ?? true) &&
    (positionals.length === 0 || positionals.some((path) => file.startsWith(path))),
);
const survivors = [];
const sound = new Set();
for (const mutant of mutants) {
  current = undefined;
  const area = testsOf(mutant.file);
  if (!sound.has(area)) {
    const failing = await firstFailure(mutant.file);
    if (failing !== undefined) throw new Error(`fails without a change: ${failing}`);
    sound.add(area);
  }
  current = mutant;
  const killer = await firstFailure(mutant.file);
  if (killer === undefined) survivors.push(mutant);
  console.log(`${mutant.id} ${mutant.file}: ${mutant.from.trim()} -> ${mutant.to.trim()}`);
  console.log(killer === undefined ? '  SURVIVED' : `  killed by ${killer.trim().split('\n')[0]}`);
}
for (const tests of areas.values()) await tests.dispose();
console.log(`${String(mutants.length - survivors.length)} of ${String(mutants.length)} killed`);
