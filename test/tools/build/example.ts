// A small ONNX file with what most networks are made of: the explorer's worker reads it before anybody gives it one.
import { readModel, writeModel } from '../../../src/formats/model.ts';

const CFG = `
[net]
width=8
height=8
channels=1
[convolutional]
batch_normalize=1
filters=1
size=3
pad=1
activation=leaky
[convolutional]
filters=1
size=1
activation=linear
[shortcut]
from=-2
activation=linear
[maxpool]
size=2
stride=2
`;

/** Its bytes, in base64. */
export async function example(): Promise<string> {
  const { graph } = await readModel(CFG, { file: 'example.cfg' });
  const { content } = await writeModel(graph, 'onnx', { weights: 'zero' });
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.concat([...content]);
  return bytes.toString('base64');
}
