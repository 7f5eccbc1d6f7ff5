import type { DType } from '../../../ops/dtype.ts';
import type { Node } from '../node.ts';
import { named, type Operator, type Operators } from '../operator.ts';
import { broadcast } from '../shape.ts';
import { bound, count, type Extent, plus } from '../../../ops/extent.ts';
import { MAP, tensor, type Value } from '../values.ts';
import { moved } from './move.ts';
import { uncounted } from './training.ts';

const regex: Operator = { infer: (node) => [tensor('bool', node.shape(0))], lower: moved };

const stringSplit: Operator = {
  infer: (node) => [
    tensor('string', [...node.shape(0), node.unknown(0, node.shape(0).length, undefined)]),
    tensor('int64', node.shape(0)),
  ],
  lower: moved,
};

/** Stop words are removed; where none is left, one empty string stays. */
const stringNormalizer: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const stopwords = node.texts('stopwords')?.length ?? 0;
    if (stopwords === 0) return [node.like(0, shape)];
    const last = shape.length - 1;
    return [
      node.like(
        0,
        shape.map((dim, axis) => (axis === last ? node.unknown(0, axis, bound(dim)) : dim)),
      ),
    ];
  },
  lower: moved,
};

const tfIdf: Operator = {
  infer(node) {
    const shape = node.shape(0);
    const indexes = node.ints('ngram_indexes') ?? node.fail('has no attribute "ngram_indexes"');
    const size = Math.max(-1, ...indexes) + 1;
    return [tensor('float32', shape.length === 2 ? [shape[0] ?? 1, size] : [size])];
  },
  lower: uncounted,
};

export const TEXT: Operators = {
  RegexFullMatch: regex,
  StringConcat: {
    infer: (node) => [tensor('string', broadcast(node, [node.shape(0), node.shape(1)]))],
    lower: moved,
  },
  StringNormalizer: stringNormalizer,
  StringSplit: stringSplit,
  TfIdfVectorizer: tfIdf,
};

const like = (dtype: (node: Node) => DType | undefined): Operator => ({
  infer: (node) => [tensor(dtype(node), node.shape(0))],
  lower: uncounted,
});

const rows = (node: Node): Extent => {
  const shape = node.shape(0);
  return shape.length === 1 ? 1 : (shape[0] ?? 1);
};

const regressor: Operator = {
  infer: (node) => [tensor('float32', [rows(node), node.int('targets') ?? node.int('n_targets') ?? 1])],
  lower: uncounted,
};

/** Labels and one score per class. */
const classifier: Operator = {
  infer(node) {
    const texts = node.texts('classlabels_strings') ?? [];
    const ints = node.ints('classlabels_ints') ?? node.ints('classlabels_int64s') ?? [];
    const classes = Math.max(texts.length, ints.length);
    return [
      tensor(texts.length > 0 ? 'string' : 'int64', [rows(node)]),
      tensor('float32', [rows(node), classes === 0 ? node.unknown(1, 1, undefined) : classes]),
    ];
  },
  lower: uncounted,
};

function encodedType(node: Node): DType | undefined {
  const stored = node.stored('values_tensor')?.dtype;
  if (stored !== undefined) return stored;
  if (node.hasAttribute('values_strings')) return 'string';
  if (node.hasAttribute('values_int64s')) return 'int64';
  if (node.hasAttribute('values_floats')) return 'float32';
  return node.dtype(0) === 'string' ? 'int64' : 'string';
}

const mapped = (value: (node: Node) => Value): Operator => ({
  infer: (node) => [value(node)],
  lower: uncounted,
});

export const ML: Operators = {
  ArrayFeatureExtractor: mapped((node) => {
    const shape = node.shape(0);
    return node.like(0, [...(shape.length === 1 ? [1] : shape.slice(0, -1)), count(node.shape(1))]);
  }),
  Binarizer: like((node) => node.dtype(0)),
  CategoryMapper: like((node) => (node.dtype(0) === 'string' ? 'int64' : 'string')),
  FeatureVectorizer: mapped((node) => {
    const sizes = node.ints('inputdimensions') ?? [];
    const total =
      sizes.length > 0
        ? sizes.reduce<Extent>(plus, 0)
        : node.inputs.reduce<Extent>((sum, _, i) => plus(sum, node.dim(i, -1)), 0);
    return tensor('float32', [rows(node), total]);
  }),
  Imputer: like((node) => node.dtype(0)),
  LabelEncoder: like(encodedType),
  Normalizer: like(() => 'float32'),
  OneHotEncoder: mapped((node) => {
    const categories = Math.max(
      node.ints('cats_int64s')?.length ?? 0,
      node.texts('cats_strings')?.length ?? 0,
    );
    return tensor('float32', [...node.shape(0), categories]);
  }),
  Scaler: like(() => 'float32'),
  TreeEnsemble: mapped((node) =>
    node.like(0, [rows(node), node.int('n_targets') ?? node.fail('has no "n_targets"')]),
  ),
  ZipMap: mapped(() => ({ kind: 'sequence', element: MAP, items: undefined })),
  ...named(['LinearRegressor', 'SVMRegressor', 'TreeEnsembleRegressor'], () => regressor),
  ...named(['LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier'], () => classifier),
};
