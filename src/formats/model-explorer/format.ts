import type { ViewerFormat } from '../format.ts';

export const MODEL_EXPLORER: ViewerFormat = {
  id: 'model-explorer',
  title: 'Model Explorer node data',
  async write(graph, { measurements, measure }) {
    const { writeModelExplorer } = await import('./write.ts');
    return { content: writeModelExplorer(graph, measurements, measure) };
  },
};
