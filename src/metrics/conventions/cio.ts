import type { OpKind } from '../../ops/registry.ts';

/** Which layers' input and output elements make up the convolutional input/output (CIO). */
export interface CioConvention {
  /** what `ProfileOptions.cio` names */
  readonly id: string;
  /** the rule, in a line */
  readonly title: string;
  /** publication that states it */
  readonly source: string;
  /** operators whose elements count */
  readonly kinds: readonly OpKind[];
}

const CSPNET: CioConvention = {
  id: 'cspnet',
  title: 'elements in + out over conv, max and average pooling',
  source: 'arXiv 1911.11929 figure 8: 34.4M for ResNeXt-50, 32.6M for CSPResNeXt-50 at 256x256',
  kinds: ['conv', 'maxPool', 'avgPool', 'globalPool'],
};

const HARDNET: CioConvention = {
  id: 'hardnet',
  title: 'elements in + out over conv',
  source: 'arXiv 1909.00948',
  kinds: ['conv'],
};

/** Every convention for CIO. */
export const CIO_CONVENTIONS: readonly CioConvention[] = [CSPNET, HARDNET];
