import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { root } from './constants.mjs';

/** What others import by name and no chart of ours calls: maps, dates, tables as text. */
const uncalled = /^(d3-dsv|d3-geo|d3-time-format|topojson-client|vega-projection)$/;

/** Schemes of colours, which Vega registers when it starts; every chart names its own colours. */
const schemes = [
  'Accent',
  'Category10',
  'Dark2',
  'Observable10',
  'Paired',
  'Pastel1',
  'Pastel2',
  'Set1',
  'Set2',
  'Set3',
]
  .map((name) => `export const scheme${name} = [];`)
  .join('\n');

/** Parts of Vega-Lite that no chart uses: transforms, facets, maps, dates. */
const unusedClasses = [
  ...[
    'Density',
    'Extent',
    'Flatten',
    'Fold',
    'JoinAggregate',
    'Loess',
    'Pivot',
    'Quantile',
    'Regression',
    'Sample',
    'Window',
  ].map((name) => `${name}TransformNode`),
  ...[
    'BinNode',
    'FacetModel',
    'FacetNode',
    'GeoJSONNode',
    'GeoPointNode',
    'GraticuleNode',
    'ImputeNode',
    'LookupNode',
    'SequenceNode',
    'TimeUnitNode',
  ],
];
const unusedClass = new RegExp(`^class (${unusedClasses.join('|')}) extends \\w+ \\{[^]*?^\\}\\n`, 'gm');

/** Vega without the parts that no chart uses (maps, graphs, trees, clouds, fits), and without a canvas in Node. */
export const slimVega = {
  name: 'slim-vega',
  setup({ onResolve, onLoad }) {
    const unused = /^vega-(crossfilter|force|geo|hierarchy|label|regression|voronoi|wordcloud)$/;
    onResolve({ filter: unused }, ({ path, importer }) =>
      /node_modules\/vega\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    );
    onResolve({ filter: uncalled }, ({ path }) => ({ path, namespace: 'uncalled' }));
    onLoad({ filter: /.*/, namespace: 'uncalled' }, () => ({ contents: 'module.exports = {};' }));
    onResolve({ filter: /^d3-scale-chromatic$/ }, ({ path }) => ({ path, namespace: 'schemes' }));
    onLoad({ filter: /.*/, namespace: 'schemes' }, () => ({ contents: schemes }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'export {};' }));
    // Vega-Lite takes four helpers from all of Vega.
    onResolve({ filter: /^vega$/ }, ({ importer }) =>
      /node_modules\/vega-lite\//.test(importer)
        ? { path: resolve(root, 'node_modules/vega-util/build/index.js') }
        : undefined,
    );
    // Selections with the pointer and marks of several marks.
    onLoad({ filter: /node_modules\/vega-lite\/build\/index\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const slim = text
        .replace(/^add\((BOXPLOT|ERRORBAR|ERRORBAND), \w+, /gm, 'add($1, undefined, ')
        .replace(
          unusedClass,
          'const $1 = class { static parseAll(head) { return head; } static makeFromEncoding() {} };\n',
        )
        .replace(/^const selectionCompilers = \[[^\]]*\];/m, 'const selectionCompilers = [];');
      if (text.length - slim.length < 20_000)
        throw new Error('Vega-Lite no longer has what slimVega leaves out');
      return { contents: slim };
    });
    // What may stand in a name, as the engine knows it, in the place of tables of characters.
    onLoad({ filter: /vega-expression\/build\/vega-expression\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const slim = text.replace(
        /^( *(?:const|var|let)? *RegexNonAsciiIdentifier(Start|Part) = )new RegExp\(['"].*['"]\)/gm,
        (_, head, kind) => `${head}/\\p{ID_${kind === 'Part' ? 'Continue' : 'Start'}}/u`,
      );
      if (text.length - slim.length < 10_000)
        throw new Error('the expressions of Vega no longer have the tables that slimVega leaves out');
      return { contents: slim };
    });
    onResolve({ filter: /^vega-canvas$/ }, () => ({
      path: resolve(root, 'node_modules/vega-canvas/build/vega-canvas.browser.js'),
    }));
  },
};
