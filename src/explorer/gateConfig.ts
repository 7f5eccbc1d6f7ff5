import { valueText } from '../../architectures/parameter.ts';
import { CONFIG_VERSION, type GateConfig, type TargetConfig } from '../analysis/gate/config.ts';
import { GATE_METRICS } from '../analysis/gate/metrics.ts';
import type { Profile } from '../analysis/profile.ts';
import type { Settings, Wanted } from './state.ts';

/** What a limit is worth having of: what grows unnoticed. */
const LIMITED = ['flops', 'params', 'peakActivationBytes', 'dramBytes', 'seconds'];

/** Decimals of an amount that is no whole number. */
const DECIMALS = 12;

/** A configuration by which `csp-profile gate` passes these networks as they are, and nothing that costs more. */
export function gateConfig(
  networks: readonly { readonly wanted: Wanted; readonly profile: Profile }[],
  settings: Settings,
): string {
  const config: GateConfig = {
    schemaVersion: CONFIG_VERSION,
    targets: networks.map(({ wanted, profile }) => targetOf(wanted, profile, settings)),
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function targetOf(wanted: Wanted, profile: Profile, settings: Settings): TargetConfig {
  const { device, bufferBytes, fusion, dtype } = settings;
  const { input, bind, value, branch, assume, batch } = wanted.kind === 'file' ? wanted.options : {};
  // A configuration cannot ask for other tiles, whose traffic is another.
  const onHardware =
    (device !== undefined || bufferBytes !== undefined) &&
    settings.doubleBuffering !== true &&
    settings.haloReuse !== true;
  const limits = GATE_METRICS.flatMap(({ id, value: of, onDevice }) => {
    const limit = LIMITED.includes(id) && (onDevice !== true || onHardware) ? of(profile) : undefined;
    return limit === undefined
      ? []
      : [[id, Number.isInteger(limit) ? limit : (limit + 10 ** -DECIMALS).toFixed(DECIMALS)] as const];
  });
  return {
    model: modelArgument(wanted),
    ...profile.conventions,
    ...(batch === undefined ? {} : { batch }),
    ...(dtype === undefined ? {} : { dtype }),
    ...(device === undefined || !onHardware ? {} : { device }),
    ...(bufferBytes === undefined || !onHardware ? {} : { buffer: `${String(bufferBytes)}B` }),
    ...(fusion === undefined || !onHardware ? {} : { fusion }),
    ...(input === undefined ? {} : { input }),
    ...(bind === undefined ? {} : { bind }),
    ...(value === undefined ? {} : { value }),
    ...(branch === undefined ? {} : { branch }),
    ...(assume === undefined ? {} : { assume }),
    limits: Object.fromEntries(limits),
  };
}

/** `csppeleenet:gamma=0.25`, `net.cfg@320x416`: a network as the command line takes it. */
export function modelArgument(wanted: Wanted): string {
  if (wanted.kind === 'file') {
    const { extent } = wanted.options;
    return extent === undefined ? wanted.name : `${wanted.name}@${extent.join('x')}`;
  }
  const given = Object.entries(wanted.parameters).flatMap(([id, value]) =>
    value === undefined ? [] : `${id}=${valueText(value)}`,
  );
  return given.length === 0 ? wanted.name : `${wanted.name}:${given.join(',')}`;
}
