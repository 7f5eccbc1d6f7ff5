import { ProfileError, problem } from '../diagnostics.ts';
import { ORIGIN } from '../formats/origin.ts';
import { FORMAT_IDS } from '../formats/registry.ts';
import {
  choice,
  conforms,
  fields,
  flag,
  list,
  natural,
  number,
  optional,
  text,
  type FieldTypes,
  type ValueType,
} from '../values.ts';
import { BOUNDS, DEVICE_COST } from './device/read.ts';
import {
  METRIC_INFO,
  type Coverage,
  type MetricId,
  type NetworkPort,
  type Profile,
  type ProfileRow,
} from './profile.ts';

/** Version of the profile JSON; it changes when a field changes its name or meaning. */
export const SCHEMA_VERSION = 1;

/** The JSON of a profile: itself, and who wrote it. */
interface ProfileFile extends Omit<Profile, 'bottleneck'> {
  readonly schemaVersion: number;
  readonly tool: { readonly name: string; readonly version: string };
  readonly bottleneck?: NonNullable<Profile['bottleneck']>;
}

type MetricValues = Readonly<Partial<Record<MetricId, number>>>;

/** Every metric may be absent: not defined there, or not known. */
const metrics = Object.fromEntries(
  METRIC_INFO.map(({ id }) => [id, optional(number)]),
) as FieldTypes<MetricValues>;

const shapes = list(list(natural));
const ports = list(
  fields<NetworkPort>({ name: text, shape: list(natural), dtype: text, channelsLast: optional(flag) }),
);

const PROFILE_FILE: ValueType<ProfileFile> = fields<ProfileFile>({
  schemaVersion: natural,
  tool: fields({ name: text, version: text }),
  network: fields<Profile['network']>({
    name: text,
    source: text,
    format: choice(FORMAT_IDS),
    inputs: ports,
    outputs: ports,
    shapelessOutputs: optional(list(text)),
    fused: optional(flag),
    modules: optional(natural),
    notes: optional(list(text)),
  }),
  conventions: fields({ flops: text, cio: text }),
  totals: fields<Profile['totals']>({ layers: natural, ...metrics }),
  coverage: fields<Coverage>({
    counted: natural,
    uncounted: list(fields({ op: text, count: natural })),
    bounds: optional(list(text)),
  }),
  bottleneck: optional(
    fields<NonNullable<Profile['bottleneck']>>({
      layer: natural,
      flops: number,
      share: number,
      maxOverMean: number,
      histogram: list(fields({ from: number, to: number, layers: natural })),
    }),
  ),
  peak: optional(
    fields<NonNullable<Profile['peak']>>({
      layer: natural,
      bytes: natural,
      tensors: list(
        fields({
          name: text,
          shape: list(natural),
          dtype: text,
          bytes: natural,
          from: optional(natural),
          to: optional(natural),
        }),
      ),
    }),
  ),
  layers: list(
    fields<ProfileRow>({
      index: natural,
      name: text,
      kind: text,
      detail: optional(text),
      stage: text,
      origin: ORIGIN,
      inputs: shapes,
      outputs: shapes,
      bound: optional(choice(BOUNDS)),
      ...metrics,
    }),
  ),
  ...DEVICE_COST,
});

/**
 * The profile that `analyze --format json` wrote.
 *
 * @throws ProfileError CSP305 where the value is no such profile, with the path of the first thing that is wrong
 */
export function readProfile(value: unknown, file: string): Profile {
  const refuse = (message: string, fix: string, path?: string): ProfileError =>
    new ProfileError(
      problem('CSP305', message, fix, { format: 'json', file, ...(path === undefined ? {} : { path }) }),
    );
  const version =
    typeof value === 'object' && value !== null && 'schemaVersion' in value ? value.schemaVersion : undefined;
  if (version !== SCHEMA_VERSION) {
    throw refuse(
      `the profile has schemaVersion ${String(version)}, this tool reads ${String(SCHEMA_VERSION)}`,
      'write it again with analyze --format json',
    );
  }
  if (!conforms(PROFILE_FILE, value)) {
    const wrong = PROFILE_FILE.mismatch(value);
    throw refuse(wrong?.problem ?? 'is no profile', 'write it again with analyze --format json', wrong?.path);
  }
  const kept: Omit<ProfileFile, 'schemaVersion' | 'tool'> = { ...value };
  Reflect.deleteProperty(kept, 'schemaVersion');
  Reflect.deleteProperty(kept, 'tool');
  return { ...kept, bottleneck: kept.bottleneck };
}
