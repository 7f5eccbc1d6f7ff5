import { resolve } from 'node:path';
import { root } from './constants.mjs';

/** Vega without the parts that no chart uses (maps, graphs, trees, clouds, fits), and without a canvas in Node. */
export const slimVega = {
  name: 'slim-vega',
  setup({ onResolve, onLoad }) {
    const unused = /^vega-(crossfilter|force|geo|hierarchy|label|regression|voronoi|wordcloud)$/;
    onResolve({ filter: unused }, ({ path, importer }) =>
      /node_modules\/vega\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'export {};' }));
    onResolve({ filter: /^vega-canvas$/ }, () => ({
      path: resolve(root, 'node_modules/vega-canvas/build/vega-canvas.browser.js'),
    }));
  },
};
