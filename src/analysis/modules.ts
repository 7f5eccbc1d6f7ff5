import { combined } from '../metrics/metric.ts';
import { bottleneckOf } from './bottleneck.ts';
import { moduleDepth, type Grouping } from './grouping.ts';
import { METRIC_INFO, type Profile, type ProfileRow } from './profile.ts';

/**
 * The profile with a row for each module instead of each layer: the layers of a module of the framework that made
 * the file, wherever they run, added up. Rows add up to the same totals, each layer being in one row; layers that are
 * in no module are those of the network itself, which has its name.
 *
 * A module is what the file says of a layer (`namespace`, as torch.export writes it), or else the path in its name
 * (`/layer1/layer1.0/conv1/Conv` is in `layer1/0/conv1`); where the file knows neither, the stage.
 *
 * Shapes of a row are those of what its first layer reads and its last layer makes. A number that is not known for a
 * layer whose arithmetic is not known is not known for its module.
 *
 * @param depth names of the path that tell modules apart: 1 has the outermost ones; absent: all of them
 */
export function byModule(profile: Profile, depth = Infinity): Profile {
  const paths = profile.layers.map(moduleOf);
  const hasPaths = paths.some((path) => path.length > 0);
  const modules = new Map<string, ProfileRow[]>();
  for (const [i, layer] of profile.layers.entries()) {
    const path = hasPaths ? (paths[i] as readonly string[]) : [layer.stage];
    const name = path.slice(0, depth).join('/');
    const others = modules.get(name);
    if (others === undefined) modules.set(name, [layer]);
    else others.push(layer);
  }
  const rows = Array.from(modules, ([name, layers], index) =>
    rowOf(index, name === '' ? profile.network.name : name, layers),
  );
  return {
    ...profile,
    ...placedIn(profile, [...modules.values()], rows),
    network: { ...profile.network, modules: rows.length },
    bottleneck: bottleneckOf(rows),
    layers: rows,
  };
}

/** Names of the modules that a layer is inside of, the outermost first. */
function moduleOf({ name, origin }: ProfileRow): readonly string[] {
  if (origin.module !== undefined) return origin.module.split('/');
  const parts = name.split('/').filter((part) => part !== '');
  return parts.slice(0, -1).flatMap((part, i) => {
    // torch repeats the name of a list in front of its entries: `layer1/layer1.0`.
    const list = `${String(parts[i - 1])}.`;
    return (part.startsWith(list) ? part.slice(list.length) : part).split('.');
  });
}

/** The layers of a module as one row. */
function rowOf(index: number, name: string, layers: readonly ProfileRow[]): ProfileRow {
  const [first] = layers as readonly [ProfileRow, ...ProfileRow[]];
  const stages = new Set(layers.map(({ stage }) => stage));
  const row: { -readonly [K in keyof ProfileRow]: ProfileRow[K] } = {
    index,
    name,
    kind: 'module',
    detail: `${String(layers.length)} layer${layers.length === 1 ? '' : 's'}`,
    stage: stages.size === 1 ? first.stage : '',
    origin: first.origin,
    inputs: first.inputs,
    outputs: layers.at(-1)?.outputs ?? [],
  };
  for (const { id, total } of METRIC_INFO) {
    if (total === 'none') continue;
    let sum = Number.NaN;
    for (const layer of layers) {
      const value = layer[id];
      if (value !== undefined) sum = combined(total, sum, value);
      else if (layer.macs === undefined) {
        sum = Number.NaN;
        break;
      }
    }
    if (!Number.isNaN(sum)) row[id] = sum;
  }
  return row;
}

/** What a profile says of single layers, said of the rows that hold them. */
function placedIn(
  { peak, traffic, latency, utilization }: Profile,
  modules: readonly (readonly ProfileRow[])[],
  rows: readonly ProfileRow[],
): Partial<Profile> {
  const rowAt = new Map(modules.flatMap((layers, i) => layers.map(({ index }) => [index, i] as const)));
  const at = (layer: number): number => rowAt.get(layer) ?? layer;
  const longest = latency?.bottleneck && longestOf(rows);
  return {
    ...(peak && {
      peak: {
        ...peak,
        layer: at(peak.layer),
        tensors: peak.tensors.map(({ from, to, ...tensor }) => ({
          ...tensor,
          ...(from === undefined ? {} : { from: at(from) }),
          ...(to === undefined ? {} : { to: at(to) }),
        })),
      },
    }),
    ...(traffic && {
      traffic: {
        ...traffic,
        chains: traffic.chains.map(({ first, last, ...chain }) => ({
          ...chain,
          first: at(first),
          last: at(last),
        })),
      },
    }),
    ...(longest && { latency: { ...latency, bottleneck: longest } }),
    ...(utilization && {
      utilization: {
        ...utilization,
        pipeline: { ...utilization.pipeline, layer: at(utilization.pipeline.layer) },
      },
    }),
  };
}

/** The row that takes the longest, predicted or else by the floor. */
function longestOf(rows: readonly ProfileRow[]): NonNullable<Profile['latency']>['bottleneck'] {
  const id = rows.some(({ predictedSeconds }) => predictedSeconds !== undefined)
    ? 'predictedSeconds'
    : 'floorSeconds';
  const known = rows.flatMap(({ index, [id]: seconds }) =>
    seconds === undefined ? [] : [{ layer: index, seconds }],
  );
  const total = known.reduce((sum, { seconds }) => sum + seconds, 0);
  const [first] = known.sort((a, b) => b.seconds - a.seconds);
  return first === undefined || total === 0 ? undefined : { ...first, share: first.seconds / total };
}

/** The profile of a graph that is grouped so, with the rows that this asks for. */
export function inRows(profile: Profile, by: Grouping): Profile {
  const depth = moduleDepth(by);
  return depth === undefined ? profile : byModule(profile, depth);
}
