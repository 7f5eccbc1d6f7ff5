import type { Graph, TensorId } from '../src/graph/graph.ts';
import type { Inference } from '../src/graph/inference.ts';
import { Network, type Activation } from '../src/graph/network.ts';
import type { Architecture } from './architecture.ts';
import {
  complete,
  imageParameters,
  valueText,
  type ImageExtent,
  type Parameters,
  type ParameterValue,
  type ParameterValues,
  type ValuesOf,
} from './parameter.ts';

/** Networks that one function builds, and what it takes. */
export interface Family {
  /** what the command line calls it: the name of its network at the defaults, where it has one */
  readonly name: string;
  /** what people call it */
  readonly title: string;
  /** those of its own, then `input` and `batch` */
  readonly parameters: Parameters;
  /** the points of the family that have a name */
  readonly networks: readonly Architecture[];
  /**
   * The network at these values; what is not given is as in `network`, else at its default.
   *
   * @throws ProfileError CSP801, CSP802 as `complete` does, CSP2xx for an extent that does not fit
   */
  readonly build: (given?: GivenValues, network?: Architecture) => Graph;
  /** The same, with all its layers, before a graph is made of it; `inference` is shared by networks of many values. */
  readonly assemble: (given?: GivenValues, network?: Architecture, inference?: Inference) => Network;
}

/** Values by id of the parameter; undefined: not given. */
export type GivenValues = Readonly<Record<string, ParameterValue | undefined>>;

/** A family, and the network of it that has the name, if it is a network's. */
export interface Found {
  /** the family of this name, or that of the network */
  readonly family: Family;
  /** absent where the name is the family's */
  readonly network?: Architecture;
}

/** The family of this name among these, or that of the network of this name. */
export function familyIn(families: readonly Family[], name: string): Found | undefined {
  for (const family of families) {
    const network = family.networks.find((each) => each.name === name);
    if (network !== undefined) return { family, network };
  }
  const family = families.find((each) => each.name === name);
  return family && { family };
}

interface NetworkDefinition<P extends Parameters> extends Omit<
  Architecture,
  'family' | 'parameters' | 'input'
> {
  /** what differs from the defaults of the family */
  readonly parameters?: Partial<ValuesOf<P>>;
  /** absent: the family's */
  readonly input?: number;
}

interface FamilyDefinition<P extends Parameters> {
  readonly name: string;
  readonly title: string;
  /** default extent of the image */
  readonly input: number;
  /** the least extent that fits, in pixels; absent: 1 */
  readonly leastInput?: number;
  /** what extents are best multiples of, in pixels; absent: 32 */
  readonly inputStep?: number;
  /** of the layers that name none, where it is no parameter; absent: relu */
  readonly activation?: Activation;
  /** those of its own; `activation` is that of the layers that name none */
  readonly parameters: P;
  /** adds the layers that follow the image `x` (batch x 3 x h x w) */
  readonly layers: (g: Network, x: TensorId, values: ValuesOf<P>) => void;
  readonly networks: readonly NetworkDefinition<P>[];
}

/** A family from its parameters and the one function that builds it. */
export function family<const P extends Parameters>(definition: FamilyDefinition<P>): Family {
  const { name, title, input, leastInput = 1, inputStep = 32, layers, activation = 'relu' } = definition;
  const parameters: Parameters = {
    ...definition.parameters,
    ...imageParameters(input, leastInput, inputStep),
  };
  return {
    name,
    title,
    parameters,
    networks: definition.networks.map((network) => ({
      input,
      ...network,
      family: name,
      parameters: (network.parameters ?? {}) as ParameterValues,
    })),
    build: (given, network) => assemble(given, network).builder.build(),
    assemble,
  };

  function assemble(given: GivenValues = {}, base?: Architecture, inference?: Inference): Network {
    const point = pointOf(name, base);
    const architecture = point.name + changes(parameters, point.parameters, given);
    const origin = { format: 'zoo', architecture };
    const values = complete(parameters, point.parameters, given, origin);
    const [height, width] = pair(values['input'] as ImageExtent);
    const g = new Network(architecture, {
      activation: (values['activation'] as Activation | undefined) ?? activation,
      ...(inference === undefined ? {} : { inference }),
    });
    // Complete and checked: each value is one that its parameter takes.
    layers(g, g.input([values['batch'] as number, 3, height, width]), values as ValuesOf<P>);
    return g;
  }
}

/** Where the defaults are replaced. */
const pointOf = (name: string, network: Architecture | undefined) =>
  network === undefined
    ? { name, parameters: {} }
    : { name: network.name, parameters: { ...network.parameters, input: network.input } };

/** A family of one network, which has no parameters of its own. */
export function single({
  activation = 'relu',
  layers,
  leastInput = 1,
  inputStep = 32,
  ...network
}: Omit<Architecture, 'family' | 'parameters' | 'input'> &
  Pick<FamilyDefinition<Parameters>, 'activation' | 'leastInput' | 'inputStep' | 'input'> & {
    readonly layers: (g: Network, x: TensorId) => void;
  }): Family {
  const { name, title, input } = network;
  const parameters = {};
  return family({
    name,
    title,
    input,
    leastInput,
    inputStep,
    activation,
    parameters,
    layers,
    networks: [network],
  });
}

/** `:gamma=0.25,width=2`: what differs from a point, but for the image, whose shape the input has. */
function changes(parameters: Parameters, base: ParameterValues, given: GivenValues): string {
  const changed = Object.entries(parameters).flatMap(([id, parameter]) => {
    const value = given[id];
    if (value === undefined || id === 'input' || id === 'batch') return [];
    return value === (base[id] ?? parameter.default) ? [] : [`${id}=${valueText(value)}`];
  });
  return changed.length === 0 ? '' : `:${changed.join(',')}`;
}

const pair = (extent: ImageExtent): readonly [number, number] =>
  typeof extent === 'number' ? [extent, extent] : extent;
