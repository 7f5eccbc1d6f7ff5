import type { ViewerFormat } from '../format.ts';

export const NETRON: ViewerFormat = {
  id: 'netron',
  title: 'Netron attachment',
  async write(graph, { measurements, measures }) {
    const { writeNetron } = await import('./write.ts');
    return { content: writeNetron(graph, measurements, measures) };
  },
};
