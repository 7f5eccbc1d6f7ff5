import { closest } from '../../closest.ts';
import { excerpt, problem, ProfileError } from '../../diagnostics.ts';
import type { Device } from '../device.ts';
import { MEASURED_FILES } from './generated/files.ts';
import { measuredTables } from './generated/tables.ts';
import {
  isUseful,
  modelsOf,
  unpacked,
  type MeasuredDevice,
  type MeasuredFile,
  type MeasuredModels,
  type MeasuredRun,
} from './measured.ts';

/** Every device that networks were measured on; read when it is first asked for. */
export const measuredDevices = async (): Promise<readonly MeasuredDevice[]> =>
  (await allFiles()).map(({ device }) => device);

/** The models of all of them; read when they are first asked for. */
export const measuredModels = async (): Promise<MeasuredModels> =>
  modelsOf(measuredTables(), await allFiles());

const allFiles = async (): Promise<readonly MeasuredFile[]> =>
  (await Promise.all(MEASURED_FILES.map(([, load]) => load()))).flatMap((texts) =>
    Object.values(texts).map(parsed),
  );

/** Generated, and checked by the build: it is what its type says. */
const parsed = (text: string): MeasuredFile => JSON.parse(text) as MeasuredFile;

/** Ids of all of them. */
export const measuredIds = (): readonly string[] => MEASURED_FILES.flatMap(([ids]) => ids.split(' '));

/** A run whose model misses half of the networks that it has not seen by more than `USEFUL` must be asked for. */
export interface MeasuredOptions {
  /** take a model however much it misses */
  readonly rough?: boolean;
}

/**
 * The device and run that a name means: `raspberry-pi-5/cpu-4`, or the first run of `raspberry-pi-5`.
 * Undefined where no device has this id.
 *
 * @throws ProfileError CSP514 for a run that the device has not, CSP515 for one that misses too much
 */
export async function measuredDevice(
  name: string,
  { rough = false }: MeasuredOptions = {},
): Promise<Device | undefined> {
  const [id = '', ...rest] = name.split('/');
  const load = MEASURED_FILES.find(([ids]) => ids.split(' ').includes(id))?.[1];
  const text = (await load?.())?.[id];
  if (text === undefined) return undefined;
  const file = parsed(text);
  const { device } = file;
  const run = runOf(device, rest.length === 0 ? undefined : rest.join('/'));
  if (!rough && !isUseful(run)) {
    throw new ProfileError(
      problem(
        'CSP515',
        `the model of ${id}/${run.id} misses half of the networks that it has not seen by more than ${(100 * run.median).toFixed(0)} %`,
        'ask for it all the same with --rough',
      ),
    );
  }
  return unpacked(device, run, modelsOf(measuredTables(), [file]));
}

function runOf(device: MeasuredDevice, asked: string | undefined): MeasuredRun {
  const run = asked === undefined ? device.runs[0] : device.runs.find(({ id }) => id === asked);
  if (run !== undefined) return run;
  const ids = device.runs.map(({ id }) => id);
  const similar = closest(asked ?? '', ids);
  throw new ProfileError(
    problem(
      'CSP514',
      `${device.id} was not measured as "${excerpt(asked ?? '')}"`,
      similar.length === 0 ? `use one of ${ids.join(', ')}` : `did you mean ${similar.join(' or ')}?`,
    ),
  );
}
