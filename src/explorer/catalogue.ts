import { families } from '../../architectures/zoo.ts';
import type { Family } from '../../architectures/family.ts';
import type { ParameterValues } from '../../architectures/parameter.ts';
import { DEVICES } from '../devices/registry.ts';
import { FORMATS } from '../formats/registry.ts';
import { CIO_CONVENTIONS } from '../metrics/conventions/cio.ts';
import { FLOP_CONVENTIONS } from '../metrics/conventions/flops.ts';

/** What there is to choose from; plain data. */
export interface Catalogue {
  readonly families: readonly CatalogueFamily[];
  readonly devices: readonly { readonly id: string; readonly title: string }[];
  readonly flops: readonly string[];
  readonly cio: readonly string[];
  /** endings of files that hold networks: `.onnx` */
  readonly extensions: readonly string[];
}

/** A family of networks, without what builds it. */
export interface CatalogueFamily extends Pick<Family, 'name' | 'title' | 'parameters'> {
  readonly networks: readonly {
    readonly name: string;
    readonly title: string;
    /** where it differs from the defaults of the family */
    readonly values: ParameterValues;
  }[];
}

export const catalogue = (): Catalogue => ({
  families: families().map(({ name, title, parameters, networks }) => ({
    name,
    title,
    parameters,
    networks: networks.map((network) => ({
      name: network.name,
      title: network.title,
      values: { ...network.parameters, input: network.input },
    })),
  })),
  devices: DEVICES.map(({ id, title }) => ({ id, title })),
  flops: FLOP_CONVENTIONS.map(({ id }) => id),
  cio: CIO_CONVENTIONS.map(({ id }) => id),
  extensions: FORMATS.flatMap(({ extensions, read }) => (read === undefined ? [] : extensions)),
});
