import { ProfileError, problem } from '../../diagnostics.ts';
import { readText, textOf } from '../byteSource.ts';
import type { Format, ReadOptions } from '../format.ts';

/** Our own graph files. */
export const JSON_GRAPH: Format = {
  id: 'json',
  title: 'graph file',
  extensions: ['.json'],
  commonExtension: true,
  recognises: (head) => textOf(head).startsWith('{'),
  flops: 'darknet',
  origin: { file: 'required', line: 'optional', path: 'optional' },
  async read(source, options) {
    refuseResizing(options);
    const text = new TextDecoder().decode(readText(source, 'json', options.file));
    const { readJson } = await import('./read.ts');
    return { graph: readJson(text, options.file), diagnostics: [] };
  },
  async write(graph) {
    const { writeJson } = await import('./write.ts');
    return { content: writeJson(graph) };
  },
};

/** A graph file states its shapes: another extent needs the network's definition. */
function refuseResizing({ file, extent, batch }: ReadOptions): void {
  if (extent === undefined && batch === undefined) return;
  throw new ProfileError(
    problem(
      'CSP801',
      `${file} has fixed shapes`,
      'leave out @EXTENT and --batch, or export the graph again from its source at the wanted size',
    ),
  );
}
