/** Text of a `.param` file: the lines of its layers under the counts that they make. */
export function paramText(layers: readonly string[]): string {
  const blobs = layers.reduce((count, layer) => count + Number(layer.trim().split(/\s+/)[3]), 0);
  return `7767517\n${String(layers.length)} ${String(Math.max(1, blobs))}\n${layers.join('\n')}\n`;
}

/** An input of these extents, outermost first: channels, depth, height, width. */
export function inputLine(dims: readonly number[], name = 'data'): string {
  const ids = dims.length === 4 ? [2, 11, 1, 0] : [2, 1, 0].slice(-dims.length);
  return `Input ${name} 0 1 ${name} ${dims.map((extent, i) => `${String(ids[i])}=${String(extent)}`).join(' ')}`;
}

/** Builds a chain, or a graph by naming blobs: each method returns the name of the blob that the layer makes. */
export class Lines {
  readonly lines: string[] = [];

  input(dims: readonly number[]): string {
    this.lines.push(inputLine(dims));
    return 'data';
  }

  add(type: string, inputs: readonly string[], params = ''): string {
    const blob = `b${String(this.lines.length)}`;
    this.lines.push(
      `${type} ${blob} ${String(inputs.length)} 1 ${inputs.join(' ')}${inputs.length === 0 ? '' : ' '}${blob} ${params}`,
    );
    return blob;
  }

  get text(): string {
    return paramText(this.lines);
  }
}
