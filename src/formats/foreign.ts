import { quoted } from '../diagnostics.ts';
import { textOf } from './byteSource.ts';

/** A kind of file that is often found where a model should be. */
export interface ForeignKind {
  /** what it is, behind `the file is` */
  readonly what: string;
  /** how to get the model */
  readonly fix: (file: string) => string;
  readonly recognises: (head: Uint8Array) => boolean;
}

const again = (file: string): string =>
  `download ${file} again, and look at what arrives: curl -fL URL -o ${file}`;

/** The first of these kinds that begins like this. */
export const foreignKind = (head: Uint8Array): ForeignKind | undefined =>
  KINDS.find(({ recognises }) => recognises(head));

/** Whether the bytes at `offset` are these characters. */
function holds(head: Uint8Array, characters: string, offset = 0): boolean {
  for (let i = 0; i < characters.length; i++) if (head[offset + i] !== characters.charCodeAt(i)) return false;
  return true;
}

/** Whether a zip's first entries have such a name. */
const zipHolds = (head: Uint8Array, name: RegExp): boolean =>
  holds(head, 'PK\x03\x04') && name.test(new TextDecoder('latin1').decode(head));

const exportFromTorch = (): string =>
  'export the model it was saved from: torch.onnx.export(model.eval(), torch.randn(1, 3, 224, 224), "model.onnx")';

const KINDS: readonly ForeignKind[] = [
  {
    what: 'a Git LFS pointer, and not the file that it stands for',
    fix: (file) =>
      `git lfs pull --include ${quoted(file)}; in GitHub Actions: actions/checkout with lfs: true`,
    recognises: (head) => holds(head, 'version https://git-lfs.github.com/spec/'),
  },
  {
    what: 'an HTML page, such as a login page or an error, saved under this name',
    fix: again,
    recognises: (head) => /^<(!doctype html|html|head|body|!--)/i.test(textOf(head)),
  },
  {
    what: 'XML, such as the answer of a server that refuses, or an OpenVINO model',
    fix: again,
    recognises: (head) => textOf(head).startsWith('<?xml'),
  },
  {
    what: 'a model.json of TensorFlow.js',
    fix: () =>
      'convert the model it was made from: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx',
    recognises: (head) =>
      /^\{.*("(modelTopology|weightsManifest)"|"format"\s*:\s*"(graph|layers)-model")/s.test(textOf(head)),
  },
  {
    what: 'a file of PyTorch, a zip of pickled objects',
    fix: exportFromTorch,
    recognises: (head) => zipHolds(head, /\/(data\.pkl|constants\.pkl|version|byteorder|\.format_version)/),
  },
  {
    what: 'a pickled Python object, such as an old file of PyTorch',
    fix: exportFromTorch,
    recognises: (head) => head[0] === 0x80 && (head[1] as number) >= 2 && (head[1] as number) <= 5,
  },
  {
    what: 'a zip archive',
    fix: (file) => `unpack it and name the model in it: unzip "${file}"`,
    recognises: (head) => holds(head, 'PK\x03\x04') || holds(head, 'PK\x05\x06'),
  },
  {
    what: 'compressed by gzip',
    fix: (file) => `unpack it: gzip -dc "${file}" > "${file}.unpacked"`,
    recognises: (head) => holds(head, '\x1f\x8b'),
  },
  {
    what: 'compressed by Zstandard',
    fix: (file) => `unpack it: zstd -dc "${file}" > "${file}.unpacked"`,
    recognises: (head) => holds(head, '\x28\xb5\x2f\xfd'),
  },
  {
    what: 'a tar archive',
    fix: (file) => `unpack it and name the model in it: tar -xf "${file}"`,
    recognises: (head) => holds(head, 'ustar', 257),
  },
  {
    what: 'an HDF5 file, as Keras saves',
    fix: () =>
      'convert the model it was saved from: python -m tf2onnx.convert --keras model.h5 --output model.onnx',
    recognises: (head) => holds(head, '\x89HDF\r\n\x1a\n'),
  },
  {
    what: 'a GGUF file: weights without their network',
    fix: () => 'export the network to ONNX: optimum-cli export onnx --model NAME FOLDER',
    recognises: (head) => holds(head, 'GGUF'),
  },
  {
    what: 'a safetensors file: weights without their network',
    fix: () => 'export the network to ONNX: optimum-cli export onnx --model NAME FOLDER',
    recognises: (head) => holds(head, '{"', 8) && holds(head, '\0\0', 6),
  },
];
