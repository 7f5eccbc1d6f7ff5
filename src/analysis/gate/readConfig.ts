import { ProfileError, problem, type Origin } from '../../diagnostics.ts';
import { conforms } from '../../values.ts';
import { GATE_CONFIG, type GateConfig } from './config.ts';
import type { Document } from './yaml.ts';
import { parseJson } from '../../json.ts';

/** A configuration of the gate and where its parts are. */
export interface GateConfigFile {
  /** what it says */
  readonly config: GateConfig;
  /** as messages name it */
  readonly file: string;
  /** The place of a part, such as `.targets[0].limits.flops`; of what is missing, the place of what lacks it. */
  readonly place: (path: string) => Origin;
}

const HELP = 'the README shows a configuration, csp-profile.config.schema.json checks one in an editor';

/**
 * The value as a configuration of the gate.
 *
 * @throws ProfileError CSP602 where it is none
 */
export function gateConfigOf(value: unknown, file: string, place: GateConfigFile['place']): GateConfigFile {
  const wrong = GATE_CONFIG.mismatch(value);
  if (wrong !== undefined) throw new ProfileError(problem('CSP602', wrong.problem, HELP, place(wrong.path)));
  // The check above, said once more for the compiler.
  if (!conforms(GATE_CONFIG, value))
    throw new ProfileError(problem('CSP602', 'is no configuration', HELP, place('')));
  return { config: value, file, place };
}

/** The places in a configuration, of which the lines may be known. */
export const configPlace =
  (file: string, lineOf: (path: string) => number | undefined = () => undefined): GateConfigFile['place'] =>
  (path) => {
    const line = lineOf(path);
    return {
      format: 'config',
      file,
      ...(line === undefined ? {} : { line }),
      ...(path === '' ? {} : { path: path.slice(1) }),
    };
  };

/**
 * Reads a configuration of the gate: the text of a `csp-profile.config.yaml`, or of a `.json` by the name of the
 * file. What its targets name (models, baselines) is not read.
 *
 * @param file name of the file, for messages; its ending tells JSON, where a YAML that is no JSON is refused
 * @throws ProfileError CSP602 with file and line where it is malformed or no configuration
 */
export async function readGateConfig(
  text: string,
  file = 'csp-profile.config.yaml',
): Promise<GateConfigFile> {
  refuseNesting(text, file);
  const { LineCounter, parseDocument } = await import('./yaml.ts');
  const counter = new LineCounter();
  // JSON is YAML, which knows the lines; whether it is JSON, JSON.parse knows.
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true });
  const at = (offset: number): Origin => ({ format: 'config', file, line: counter.linePos(offset).line });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    throw new ProfileError(problem('CSP602', firstLine(error.message), 'mend the line', at(error.pos[0])));
  }
  const lines = linesOf(document, (offset) => counter.linePos(offset).line);
  const place = configPlace(file, (path) => {
    let known = path;
    // What is missing has the line of what it is missing in.
    while (known !== '' && !lines.has(known)) known = known.replace(/(\.[^.[]*|\[\d+\]|.)$/, '');
    return lines.get(known);
  });
  const value: unknown = file.endsWith('.json') ? jsonOf(text, place, at) : valueOf(document, place);
  return gateConfigOf(value, file, place);
}

/** Deeper than any configuration; parsers of YAML call themselves for each level. */
const DEEPEST = 64;
const DEEP_BLOCK = /(?:[-?:][ \t]+){64}/;

/** @throws ProfileError CSP602 with its line where a text is nested too deep to be parsed */
function refuseNesting(text: string, file: string): void {
  let at = text.search(DEEP_BLOCK);
  let depth = 0;
  for (const { index, 0: mark } of text.matchAll(/[[\]{}]|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/g)) {
    if (mark === '[' || mark === '{') depth++;
    else if (mark === ']' || mark === '}') depth = Math.max(0, depth - 1);
    if (depth <= DEEPEST) continue;
    at = index;
    break;
  }
  if (at === -1) return;
  const line = text.slice(0, at).split('\n').length;
  throw new ProfileError(
    problem('CSP602', `nested more than ${String(DEEPEST)} deep`, 'write it flatter', {
      format: 'config',
      file,
      line,
    }),
  );
}

/** The value of a document, unless its aliases multiply without measure. */
function valueOf(document: Document, place: GateConfigFile['place']): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ProfileError(
      problem('CSP602', firstLine(error.message), 'write out what the aliases name', place('')),
    );
  }
}

/** The value of a text that is JSON, and no other YAML. */
function jsonOf(text: string, place: GateConfigFile['place'], at: (offset: number) => Origin): unknown {
  try {
    return parseJson(text);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    const origin = position === undefined ? place('') : at(Number(position));
    throw new ProfileError(problem('CSP602', firstLine(message), 'mend the line', origin));
  }
}

const firstLine = (message: string): string => message.split('\n')[0] as string;

/**
 * The line of every part of a document, by its path. On the way, a number that is written with a plus becomes the
 * text that it is: `+2` is a change, not the amount 2.
 */
function linesOf(document: Document, lineAt: (offset: number) => number): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const walk = (node: unknown, path: string): void => {
    if (!lines.has(path) && isRanged(node)) lines.set(path, lineAt(node.range[0]));
    if (isScalar(node) && node.source.startsWith('+')) node.value = node.source;
    if (!hasItems(node)) return;
    node.items.forEach((item, i) => {
      if (!isPair(item)) {
        walk(item, `${path}[${String(i)}]`);
        return;
      }
      const key = `${path}.${String(item.key)}`;
      if (isRanged(item.key)) lines.set(key, lineAt(item.key.range[0]));
      walk(item.value, key);
    });
  };
  walk(document.contents, '');
  return lines;
}

const isRanged = (node: unknown): node is { readonly range: readonly [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);

const isScalar = (node: unknown): node is { value: unknown; readonly source: string } =>
  typeof node === 'object' &&
  node !== null &&
  'value' in node &&
  'source' in node &&
  typeof node.value === 'number' &&
  typeof node.source === 'string';

const hasItems = (node: unknown): node is { readonly items: readonly unknown[] } =>
  typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);

const isPair = (item: unknown): item is { readonly key: unknown; readonly value: unknown } =>
  typeof item === 'object' && item !== null && 'key' in item && 'value' in item;
