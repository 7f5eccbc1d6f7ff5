import type { Format } from '../format.ts';

/** Networks made by a builder function of architectures/. */
export const ZOO: Format = {
  id: 'zoo',
  title: 'built-in network',
  extensions: [],
  drawn: true,
  flops: 'darknet',
  origin: { architecture: 'required', scope: 'optional' },
};
