import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GivenValues } from '../../architectures/family.ts';
import { ProfileError, problem } from '../diagnostics.ts';
import type { Graph } from '../graph/graph.ts';
import { Network } from '../graph/network.ts';
import { specOf } from '../ops/registry.ts';
import { fields } from '../values.ts';
import { messageOf, readBytes } from './files.ts';
import { importModule } from './import.cjs';

interface ModuleRequest {
  readonly path: string;
  /** height and width that the user asks for */
  readonly extent?: readonly [number, number];
  readonly batch?: number;
  /** values by name */
  readonly parameters?: GivenValues;
}

/**
 * The graph of a user's module: its default export adds the layers to the `Network` that it is given, or returns
 * a graph. It is the user's own program and runs as such.
 */
export async function runModule(request: ModuleRequest, file: string): Promise<Graph> {
  readBytes(request.path, file);
  const origin = { format: 'module', file: request.path } as const;
  const refuse = (message: string): ProfileError =>
    new ProfileError(
      problem(
        'CSP304',
        message,
        'export default (g, { extent, batch, parameters }) => { ... }: see the README',
        origin,
      ),
    );
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await importModule(pathToFileURL(file).href);
  } catch (error) {
    throw refuse(`the module does not load: ${messageOf(error)}`);
  }
  const build = module['default'];
  if (typeof build !== 'function') throw refuse('the module has no function as its default export');
  const { path, extent = [224, 224], batch = 1, parameters = {} } = request;
  const network = new Network(basename(path, extname(path)), { origin });
  try {
    const result: unknown = await Reflect.apply(build, undefined, [network, { extent, batch, parameters }]);
    const graph = isGraph(result) ? result : network.builder.build();
    const wrong = wrongAttribute(graph);
    if (wrong !== undefined) throw refuse(wrong);
    return graph;
  } catch (error) {
    throw error instanceof ProfileError ? error : refuse(`the builder failed: ${messageOf(error)}`);
  }
}

/** What no operator takes: a program that nobody checks may hand over anything. */
function wrongAttribute({ nodes }: Graph): string | undefined {
  const seen = new Set<object>();
  for (const { kind, attrs } of nodes) {
    if (seen.has(attrs)) continue;
    seen.add(attrs);
    const wrong = fields(specOf(kind).attrs).mismatch(attrs);
    if (wrong !== undefined)
      return `the builder adds "${kind}", whose ${wrong.path.slice(1)} ${wrong.problem}`;
  }
  return undefined;
}

const isGraph = (value: unknown): value is Graph =>
  typeof value === 'object' && value !== null && 'nodes' in value && 'tensors' in value && 'layers' in value;
