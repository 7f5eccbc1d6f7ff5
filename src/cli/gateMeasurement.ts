import { networkOf, type Measured } from '../analysis/gate/measured.ts';
import type { Profile } from '../analysis/profile.ts';
import { ProfileError, problem } from '../diagnostics.ts';
import { probe } from '../probe/index.ts';
import type { Io } from './io.ts';
import { loadMeasurement } from './measurement.ts';
import type { SharedNames } from './model.ts';
import { writeWarnings } from './output.ts';
import { interruptible, probeModels, probeOptions, progress } from './probing.ts';
import { loadProfile } from './profile.ts';
import type { Target } from './targets.ts';

/**
 * What a target's limits of measured numbers are about: from the file that it names, or measured now.
 *
 * @param profile of the target's model
 * @param names what the target gives to its model and to others; absent: there are no others
 * @returns undefined where the user ended it
 * @throws ProfileError CSP607 where the file has measured something else
 */
export async function measuredOf(
  target: Target,
  profile: Profile,
  names: SharedNames | undefined,
  io: Io,
): Promise<Measured | undefined> {
  const { model, args, measure } = target;
  const { reference, file, device, threads, budget } = measure;
  if (file !== undefined) return fromFile(file, target, profile, names, io);
  // Ratios are over the first network.
  const specs = reference === undefined ? [model] : [reference, model];
  const models = await probeModels(specs, args, io, names);
  const options = probeOptions({ device, threads: threads?.toString(), budget: budget?.toString() });
  const measurement = await interruptible((signal) =>
    probe(models, { ...options, ...progress(args, io), signal }),
  );
  if (measurement === undefined) return undefined;
  writeWarnings(measurement.warnings, args, io);
  return { measurement, network: specs.length - 1, ...(reference === undefined ? {} : { reference: 0 }) };
}

async function fromFile(
  file: string,
  { args, place, measure: { reference } }: Target,
  profile: Profile,
  names: SharedNames | undefined,
  io: Io,
): Promise<Measured> {
  const measurement = loadMeasurement(file, io);
  if (measurement === undefined) {
    throw new ProfileError(
      problem(
        'CSP607',
        `${file} is no measurement`,
        `write one: csp-profile probe MODEL --format json -o ${file}`,
        place,
      ),
    );
  }
  const indexOf = (of: Profile): number => {
    const found = networkOf(of, measurement, file, place);
    if (typeof found === 'number') return found;
    throw new ProfileError(found);
  };
  const network = indexOf(profile);
  if (reference === undefined) return { measurement, network };
  const other = await loadProfile(reference, args, io, { names });
  names?.check();
  return { measurement, network, reference: indexOf(other) };
}
