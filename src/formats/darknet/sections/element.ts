import { BATCH_NORM, IDENTITY } from '../lower.ts';
import { text, whole } from '../options.ts';
import { section } from '../section.ts';

export const activation = section({ activation: text('linear') }, '', (l, o) => {
  const result = l.activate(l.input, o.activation);
  return result === l.input ? l.builder.add('identity', [l.input], IDENTITY) : result;
});

export const batchnorm = section({}, '', (l) => l.builder.add('batchNorm', [l.input], BATCH_NORM));

export const normalization = section({ size: whole(5, 1) }, 'alpha beta kappa', (l, o) =>
  l.builder.add('lrn', [l.map], { size: o.size }),
);

/** A learned map that no layer computes. */
export const implicit = section({ filters: whole(128, 1), atoms: whole(1, 1) }, 'mean std', (l, o) => {
  const batch = l.shapeOf(l.input)[0] as number;
  const map = l.builder.constant('bias', { dtype: 'float32', shape: [batch, o.filters, o.atoms, 1] });
  return l.builder.add('identity', [map], IDENTITY);
});
