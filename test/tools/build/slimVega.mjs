import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { root } from './constants.mjs';

/** Maps, dates, tables as text and schemes of colours, by the names that other parts of Vega import. */
const stubs = {
  'd3-dsv': ['dsvFormat'],
  'd3-geo': ['geoArea', 'geoBounds', 'geoCentroid'],
  'd3-scale-chromatic': [
    ...['Accent', 'Category10', 'Dark2', 'Observable10', 'Paired', 'Pastel1', 'Pastel2', 'Set1', 'Set2', 'Set3'],
  ].map((name) => `scheme${name}`),
  'd3-time-format': ['timeFormat', 'timeFormatLocale', 'timeParse', 'utcFormat', 'utcParse'],
  'topojson-client': ['feature', 'mesh'],
  'vega-projection': ['projection', 'getProjectionPath', 'projectionProperties'],
};

/** Vega without the parts that no chart uses (maps, graphs, trees, clouds, fits), and without a canvas in Node. */
export const slimVega = {
  name: 'slim-vega',
  setup({ onResolve, onLoad }) {
    const unused = /^vega-(crossfilter|force|geo|hierarchy|label|regression|voronoi|wordcloud)$/;
    onResolve({ filter: unused }, ({ path, importer }) =>
      /node_modules\/vega\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    );
    onResolve({ filter: /^(d3|topojson|vega)-/ }, ({ path }) =>
      path in stubs ? { path, namespace: 'stub' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({
      contents: stubs[path].map((name) => `export const ${name} = [];`).join('\n'),
    }));
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
        .replace(/^add\((?:BOXPLOT|ERRORBAR|ERRORBAND), .*\n/gm, '')
        .replace(/^const selectionCompilers = \[[^\]]*\];/m, 'const selectionCompilers = [];');
      if (text.length - slim.length < 300)
        throw new Error('Vega-Lite no longer has what slimVega leaves out');
      return { contents: slim };
    });
    onResolve({ filter: /^vega-canvas$/ }, () => ({
      path: resolve(root, 'node_modules/vega-canvas/build/vega-canvas.browser.js'),
    }));
  },
};
