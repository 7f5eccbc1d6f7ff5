import { buildFamily } from '../../architectures/zoo.ts';
import { grouped, isOfOperators, type Grouping } from '../analysis/grouping.ts';
import { readMeasurement } from '../analysis/measurement/read.ts';
import type { Measurement } from '../analysis/measurement/measurement.ts';
import { inRows } from '../analysis/modules.ts';
import { profile, type Profile } from '../analysis/profile.ts';
import { readProfile } from '../analysis/readProfile.ts';
import { deviceById } from '../devices/registry.ts';
import { ProfileError, problem, type Diagnostic } from '../diagnostics.ts';
import type { ByteSource } from '../formats/byteSource.ts';
import type { ModelDescription } from '../formats/format.ts';
import { describeModel, readModel, type BlobLike } from '../formats/model.ts';
import { onUnknownIn } from '../formats/registry.ts';
import { withDType, type Graph } from '../graph/graph.ts';
import { adviceFor } from '../library/advice.ts';
import { costOn, profileOn, type HardwareRequest } from '../library/hardware.ts';
import { reportOf, sourcesOf } from '../library/report.ts';
import { firstView } from '../report/html/model.ts';
import { pageData, type Compile, type PageData } from '../report/html/render.ts';
import type { Templates } from '../report/html/templates.ts';
import { without, type Settings, type Wanted } from './state.ts';

/** A network of the page: what is wanted, and the file that it is in. */
export interface Slot {
  /** stays the same while the network stays in the page */
  readonly id: number;
  readonly wanted: Wanted;
  /** of a file: absent while the person has not given it */
  readonly source?: BlobLike | ByteSource;
}

/** What became of a network. */
export interface SlotResult {
  readonly id: number;
  /** what its file says of itself, where it could be read as far as that */
  readonly description?: ModelDescription;
  /** what is wrong; a network with an error is not shown */
  readonly diagnostics: readonly Diagnostic[];
  readonly profile?: Profile;
}

/** The same with the graph that was counted. */
interface Counted extends SlotResult {
  readonly graph?: Graph;
}

/** What all networks together show. */
export interface Explored {
  readonly slots: readonly SlotResult[];
  /** absent: there is nothing to show */
  readonly page?: PageData;
}

/** A network that was read, and how it was asked for. */
interface Known {
  readonly source: Slot['source'];
  readonly key: string;
  readonly read: Read;
}

/** What a file says of itself. */
interface Described {
  readonly source: Slot['source'];
  readonly described: Pick<SlotResult, 'description'>;
}

type Read =
  | { readonly kind: 'graph'; readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'profile'; readonly profile: Profile };

/** Reads networks and counts them; what did not change is not read again. */
export class Explorer {
  readonly #known = new Map<number, Known>();
  readonly #descriptions = new Map<number, Described>();
  readonly #charts: Templates;
  readonly #compiler: () => Promise<Compile>;

  /**
   * @param charts that are compiled already
   * @param compiler of others
   */
  constructor(charts: Templates, compiler: () => Promise<Compile>) {
    this.#charts = charts;
    this.#compiler = compiler;
  }

  /**
   * What the report of these networks shows; the first one is the baseline.
   *
   * @param counted hears of the numbers as soon as they are there: the report takes as long again
   */
  async explore(
    slots: readonly Slot[],
    settings: Settings,
    measurement?: Measurement,
    counted?: (results: readonly SlotResult[]) => void,
  ): Promise<Explored> {
    const group = (graph: Graph): Grouping =>
      // A measurement is of the layers as the file has them.
      measurement !== undefined
        ? 'layer'
        : (settings.group ?? (isOfOperators(graph.format) ? 'fused' : 'layer'));
    const all = await this.#count(slots, settings, group);
    counted?.(all.map((each) => without(each, 'graph')));
    const results: SlotResult[] = [];
    for (const [i, each] of all.entries())
      results.push({ ...without(each, 'graph'), ...(await this.#described(slots[i] as Slot)) });
    const subjects = all.flatMap(({ profile, graph }) =>
      profile === undefined ? [] : [{ profile, ...(graph === undefined ? {} : { graph }) }],
    );
    if (subjects.length === 0) return { slots: results };
    const hardware = hardwareOf(settings);
    const report = reportOf(
      subjects.map(({ profile }) => profile),
      {
        ...(measurement === undefined ? {} : { measurement }),
        sources: subjects.map(sourcesOf),
        advice: adviceFor(
          subjects,
          hardware && ((graph) => costOn(graph, subjects[0]?.profile.conventions ?? {}, hardware)),
        ),
      },
    );
    return { slots: results, page: await pageData(firstView(report), this.#charts, this.#compiler) };
  }

  /** What these networks cost, as `csp-profile analyze` says it of each. */
  count(slots: readonly Slot[], settings: Settings): Promise<readonly SlotResult[]> {
    return this.#count(slots, settings, () => settings.group ?? 'layer');
  }

  /** The graph of a network, to be written or run. */
  async graph(slot: Slot, { dtype }: Settings): Promise<Graph> {
    const read = await this.#read(slot);
    if (read.kind === 'graph') return cast(read.graph, dtype);
    throw new ProfileError(
      problem(
        'CSP305',
        'is a profile that was saved before: its network is not in it',
        'give the model itself',
        { format: 'json', file: slot.wanted.name },
      ),
    );
  }

  async #count(
    slots: readonly Slot[],
    settings: Settings,
    groupOf: (graph: Graph) => Grouping,
  ): Promise<readonly Counted[]> {
    this.#forget(slots);
    const results: Counted[] = [];
    // All are counted by the rules of the first one: else they would not compare.
    let rules = settings;
    for (const slot of slots) {
      const result = await this.#result(slot, rules, groupOf);
      if (result.profile !== undefined) rules = { ...rules, ...result.profile.conventions };
      results.push(result);
    }
    return results;
  }

  async #result(slot: Slot, settings: Settings, groupOf: (graph: Graph) => Grouping): Promise<Counted> {
    const { id } = slot;
    try {
      const read = await this.#read(slot);
      const counted =
        read.kind === 'profile'
          ? { profile: comparable(read.profile, settings, slot), diagnostics: [] }
          : await countedBy(read, { ...settings, group: groupOf(read.graph) });
      return { id, ...counted };
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      return { id, diagnostics: error.diagnostics };
    }
  }

  async #described({ id, wanted, source }: Slot): Promise<Pick<SlotResult, 'description'>> {
    if (wanted.kind === 'zoo' || source === undefined || isJson(wanted.name)) return {};
    const known = this.#descriptions.get(id);
    if (known?.source === source) return known.described;
    const described = await describedBy(source, wanted.name);
    this.#descriptions.set(id, { source, described });
    return described;
  }

  async #read(slot: Slot): Promise<Read> {
    const { id, wanted, source } = slot;
    const key = JSON.stringify(wanted);
    const known = this.#known.get(id);
    if (known?.key === key && known.source === source) return known.read;
    const read = await readSlot(slot);
    this.#known.set(id, { source, key, read });
    return read;
  }

  #forget(slots: readonly Slot[]): void {
    const kept = new Set(slots.map(({ id }) => id));
    for (const map of [this.#known, this.#descriptions])
      for (const id of map.keys()) if (!kept.has(id)) map.delete(id);
  }
}

const isJson = (name: string): boolean => name.toLowerCase().endsWith('.json');

async function readSlot({ wanted, source }: Slot): Promise<Read> {
  if (wanted.kind === 'zoo')
    return { kind: 'graph', graph: buildFamily(wanted.name, wanted.parameters), diagnostics: [] };
  const { name, options } = wanted;
  if (source === undefined) {
    throw new ProfileError(
      problem('CSP802', 'the file is not here: a link does not hold it', 'drop it here, or choose it', {
        format: 'cli',
        argument: name,
      }),
    );
  }
  const saved = isJson(name) ? await savedProfile(source, name) : undefined;
  if (saved !== undefined) return { kind: 'profile', profile: saved };
  const read = await readModel(source, { onUnknown: onUnknownIn(name), ...options, file: name });
  return { kind: 'graph', ...read };
}

/** What a file says of itself; nothing where it cannot be read as far as that, which whoever reads it says. */
async function describedBy(
  source: BlobLike | ByteSource,
  file: string,
): Promise<Pick<SlotResult, 'description'>> {
  try {
    return { description: await describeModel(source, { file, onUnknown: 'opaque' }) };
  } catch (error) {
    if (error instanceof ProfileError) return {};
    throw error;
  }
}

/** Whether a JSON value means to be a measurement. */
export const isMeasurement = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'networks' in value && 'settings' in value;

/** JSON of this size and more is no profile and no measurement. */
const LARGEST_JSON = 2 ** 27;

/** The value in a JSON file; undefined where it is none. */
export async function jsonIn(source: BlobLike | ByteSource): Promise<unknown> {
  if (source.size > LARGEST_JSON) return undefined;
  const bytes = 'read' in source ? source.read(0, source.size) : new Uint8Array(await source.arrayBuffer());
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function savedProfile(source: BlobLike | ByteSource, name: string): Promise<Profile | undefined> {
  const value = await jsonIn(source);
  return typeof value === 'object' && value !== null && 'totals' in value
    ? readProfile(value, name)
    : undefined;
}

/**
 * The measurement in a file.
 *
 * @throws ProfileError where it is none
 */
export const measurementIn = async (source: BlobLike, name: string): Promise<Measurement> =>
  readMeasurement(await jsonIn(source), name);

const cast = (graph: Graph, dtype: Settings['dtype']): Graph =>
  dtype === undefined || dtype === 'float32' ? graph : withDType(graph, dtype);

/** What a network costs, and what was unsure about it. */
async function countedBy(
  { graph: read, diagnostics }: Extract<Read, { readonly kind: 'graph' }>,
  settings: Settings & { readonly group: Grouping },
): Promise<Omit<Counted, 'id'> & { readonly profile: Profile }> {
  const { flops, cio, group, dtype } = settings;
  const graph = grouped(cast(read, dtype), group);
  const rules = { ...(flops === undefined ? {} : { flops }), ...(cio === undefined ? {} : { cio }) };
  const hardware = hardwareOf(settings);
  const { result, warnings } =
    hardware === undefined
      ? { result: profile(graph, rules), warnings: [] }
      : await profileOn(graph, rules, hardware);
  return { profile: inRows(result, group), graph, diagnostics: [...diagnostics, ...warnings] };
}

/** What the networks are costed on; undefined: on nothing. */
function hardwareOf({ device, bufferBytes, dtype, ...tiles }: Settings): HardwareRequest | undefined {
  if (device === undefined && bufferBytes === undefined) return undefined;
  const { fusion, doubleBuffering = false, haloReuse = false } = tiles;
  return {
    doubleBuffering,
    haloReuse,
    ...(fusion === undefined ? {} : { fusion }),
    ...(bufferBytes === undefined ? {} : { bufferBytes }),
    ...(device === undefined ? {} : { device: deviceById(device) }),
    typed: dtype !== undefined,
  };
}

/**
 * A profile that was saved before, where it was counted as the others are.
 *
 * @throws ProfileError CSP805 where it was not
 */
function comparable(saved: Profile, settings: Settings, { wanted }: Slot): Profile {
  for (const what of ['flops', 'cio'] as const) {
    const [then, now] = [saved.conventions[what], settings[what]];
    if (now === undefined || then === now) continue;
    throw new ProfileError(
      problem(
        'CSP805',
        `counts ${what} as ${then}, the others count it as ${now}: the numbers do not compare`,
        `profile its model again: csp-profile analyze MODEL --${what} ${now} --format json`,
        { format: 'json', file: wanted.name },
      ),
    );
  }
  return saved;
}
