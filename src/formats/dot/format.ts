import type { ViewerFormat } from '../format.ts';

export const DOT: ViewerFormat = {
  id: 'dot',
  title: 'Graphviz',
  async write(graph) {
    const { writeDot } = await import('./write.ts');
    return { content: writeDot(graph) };
  },
};
