import type { ParameterValue } from '../../architectures/parameter.ts';
import { findFamily } from '../../architectures/zoo.ts';
import type { NetworkSource } from '../sweep/evaluate.ts';
import type { Values } from '../sweep/row.ts';
import type { AxisValue, DesignSpace } from '../sweep/space.ts';

/**
 * The designs of a family of the zoo: what no axis varies is as in the network, or as given.
 *
 * @param name of a network, or of a family
 * @throws ProfileError CSP801 for an unknown name
 */
export function familySource(
  name: string,
  space: DesignSpace,
  fixed: Readonly<Record<string, ParameterValue>> = {},
): NetworkSource {
  const { family, network } = findFamily(name);
  const varied = space.axes.flatMap((axis) => (OF_NETWORK.has(axis.kind) ? [axis.name] : []));
  return {
    network: (values, inference) => {
      const given: Record<string, ParameterValue> = { ...fixed };
      for (const id of varied) given[id] = parameterValue(values[id] as AxisValue);
      return family.assemble(given, network, inference).builder;
    },
    command: (values) => modelText(name, { ...fixed, ...picked(values, varied) }) + hardwareText(values),
  };
}

const OF_NETWORK: ReadonlySet<string> = new Set(['parameter', 'extent', 'batch']);

const picked = (values: Values, names: readonly string[]): Record<string, AxisValue> =>
  Object.fromEntries(names.map((name) => [name, values[name] as AxisValue]));

/** `224x320` as height and width. */
export function parameterValue(value: AxisValue): ParameterValue {
  const [, height, width] = typeof value === 'string' ? (/^([0-9]+)x([0-9]+)$/.exec(value) ?? []) : [];
  return height === undefined || width === undefined ? value : [Number(height), Number(width)];
}

/** `csppeleenet:gamma=0.25,width=2@224x320`: the argument that gives a network. */
export function modelText(path: string, values: Readonly<Record<string, ParameterValue>>): string {
  const { input, ...others } = values;
  const parameters = Object.entries(others).map(([id, value]) => `${id}=${String(value)}`);
  const extent = input === undefined ? '' : `@${[input].flat().join('x')}`;
  return path + (parameters.length === 0 ? '' : `:${parameters.join(',')}`) + extent;
}

/** ` --device jetson-tx2 --buffer 64KiB`: the options that give the same hardware. */
export function hardwareText({ dtype, device, array, buffer }: Values): string {
  const options = { dtype, device, array, buffer: typeof buffer === 'number' ? bytesText(buffer) : buffer };
  return Object.entries(options)
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`))
    .join('');
}

const bytesText = (bytes: number): string =>
  bytes % 2 ** 20 === 0
    ? `${String(bytes / 2 ** 20)}MiB`
    : bytes % 2 ** 10 === 0
      ? `${String(bytes / 2 ** 10)}KiB`
      : String(bytes);
