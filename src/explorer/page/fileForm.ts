import type { DescribedValue, ModelDescription } from '../../formats/format.ts';
import { formatBytes, plain } from '../../report/format.ts';
import { h, select, type Child } from '../../report/html/page/dom.ts';
import { without, type FileOptions } from '../state.ts';
import { elements } from '../../units.ts';
import { button, field, numberBox, textBox } from './fields.ts';

/** What a file leaves open, with what it fixes; filled in, the network can be counted. */
export function fileForm(
  description: ModelDescription,
  given: FileOptions,
  change: (options: FileOptions) => void,
): HTMLElement {
  let options = given;
  const give = (next: FileOptions): void => {
    options = next;
    change(next);
  };
  const suggested = suggestionsIn(description.fix ?? '');
  const isOpen = suggested.bind.size + suggested.input.size > 0;
  /** A symbol is one extent everywhere: it is asked for where it stands first. */
  const asked = new Set<string>();
  const { parameters } = description;
  const facts = [
    ...description.facts.map(([name, value]) => `${name} ${value}`),
    ...(parameters === undefined ? [] : [storedIn(parameters)]),
  ];
  return h(
    'div',
    { class: 'open' },
    h('p', { class: 'facts' }, plain(facts.join(', '))),
    h(
      'ul',
      { class: 'ports', 'aria-label': 'Inputs' },
      ...description.inputs.map((input) =>
        h('li', {}, ...portParts(input, suggested, asked, () => options, give)),
      ),
    ),
    isOpen &&
      button('Fill in what is suggested', () => {
        give({
          ...options,
          bind: { ...Object.fromEntries(suggested.bind), ...options.bind },
          input: { ...Object.fromEntries(suggested.input), ...options.input },
        });
      }),
    h(
      'div',
      { class: 'parameters' },
      (description.inputs.some(mayBeImage) || options.extent !== undefined) &&
        field(
          'image',
          textBox(options.extent?.join('x') ?? '', 'height x width', (text) => {
            const [, height, width = height] = /^([0-9]+)(?:\s*[x×]\s*([0-9]+))?$/.exec(text) ?? [];
            const others = without(options, 'extent');
            give(height === undefined ? others : { ...others, extent: [Number(height), Number(width)] });
          }),
          'Height and width of the image; empty: as the file has it',
        ),
      field(
        'batch',
        numberBox({ value: options.batch, least: 1, placeholder: 'own' }, (value) => {
          const others = without(options, 'batch');
          give(value === undefined ? others : { ...others, batch: value });
        }),
        'Images at once; empty: as the file has it',
      ),
      description.operators.some(({ op }) => op === 'DequantizeLinear') &&
        select(
          'QDQ pairs',
          [
            ['quantised', 'quantised operators'],
            ['literal', 'node by node'],
          ],
          options.qdq ?? 'quantised',
          (qdq) => give({ ...options, qdq: qdq === 'literal' ? qdq : 'quantised' }),
        ).label,
    ),
  );
}

const storedIn = ({ tensors, bytes }: NonNullable<ModelDescription['parameters']>): string =>
  tensors === 0
    ? 'no stored tensors'
    : `${String(tensors)} stored tensor${tensors === 1 ? '' : 's'} of ${formatBytes(bytes)}`;

/** Images, their channels and a batch of them; or what states no shape. */
const mayBeImage = ({ shape }: DescribedValue): boolean => shape === undefined || shape.length === 4;

interface Suggestions {
  readonly bind: ReadonlyMap<string, number>;
  readonly input: ReadonlyMap<string, readonly number[]>;
}

/** `pass --bind N=1 --input x:1x3x224x224`: what the command line would suggest. */
function suggestionsIn(fix: string): Suggestions {
  const bind = new Map<string, number>();
  const input = new Map<string, readonly number[]>();
  for (const [, flag, quoted, bare = ''] of fix.matchAll(/--(bind|input) (?:'((?:[^']|'\\'')*)'|(\S+))/g)) {
    const word = quoted?.replaceAll("'\\''", "'") ?? bare;
    const [, name, extents] = (flag === 'bind' ? /^(.+)=(\d+)$/ : /^(.+):(\d+(?:x\d+)*)$/).exec(word) ?? [];
    if (name === undefined || extents === undefined) continue;
    if (flag === 'bind') bind.set(name, Number(extents));
    else input.set(name, extents.split('x').map(Number));
  }
  return { bind, input };
}

/** A name that stands for one extent; anything else is an expression, which follows from names. */
const NAME = /^[\p{L}_][\p{L}\p{N}_.]*(?:[-/][\p{L}\p{N}_.]+)*$/u;

function portParts(
  { name, dtype, shape }: DescribedValue,
  { bind, input }: Suggestions,
  asked: Set<string>,
  options: () => FileOptions,
  give: (options: FileOptions) => void,
): Child[] {
  const head = [h('b', {}, plain(name)), h('span', {}, plain(dtype ?? ''))];
  const content = holdsNumbers(dtype, shape) ? [contentField(name, options, give)] : [];
  if (shape === undefined || shape.includes(null)) {
    const wanted = input.get(name)?.join('x');
    const stated = shape?.map((extent) => extent ?? '?').join('x') ?? 'any shape';
    const box = textBox(options().input?.[name]?.join('x') ?? '', wanted ?? stated, (text) => {
      const others = without(options().input ?? {}, name);
      const given = /^\d+(x\d+)*$/.test(text) ? { ...others, [name]: text.split('x').map(Number) } : others;
      give({ ...options(), input: given });
    });
    return [
      ...head,
      field(`shape ${plain(stated)}`, box, 'Extents from the outermost: 1x3x224x224'),
      ...content,
    ];
  }
  const symbols = [...new Set(shape.map(String))].filter((extent) => NAME.test(extent) && !asked.has(extent));
  for (const symbol of symbols) asked.add(symbol);
  return [
    ...head,
    h('span', { class: 'shape' }, shape.length === 0 ? 'scalar' : plain(shape.join(' x '))),
    ...symbols.map((symbol) => {
      const suggested = bind.get(symbol);
      const box = numberBox(
        {
          value: options().bind?.[symbol],
          least: 0,
          placeholder: suggested === undefined ? undefined : String(suggested),
        },
        (value) => {
          const others = without(options().bind ?? {}, symbol);
          give({ ...options(), bind: value === undefined ? others : { ...others, [symbol]: value } });
        },
      );
      return field(plain(symbol), box, 'An extent that the file leaves open');
    }),
    ...content,
  ];
}

/** Inputs of more elements decide no shape and no branch. */
const MOST_ELEMENTS = 16;

const holdsNumbers = (dtype: string | undefined, shape: DescribedValue['shape']): boolean =>
  dtype !== undefined &&
  /^(u?int|bool)/.test(dtype) &&
  shape?.every((extent) => typeof extent === 'number') === true &&
  elements(shape) <= MOST_ELEMENTS;

function contentField(
  name: string,
  options: () => FileOptions,
  give: (options: FileOptions) => void,
): HTMLElement {
  const box = textBox(options().value?.[name]?.join(',') ?? '', 'any', (text) => {
    const others = without(options().value ?? {}, name);
    const numbers = text.split(',').map(Number);
    const given = text === '' || numbers.some(Number.isNaN) ? others : { ...others, [name]: numbers };
    give({ ...options(), value: given });
  });
  return field('content', box, 'What goes in, where it decides branches, trips or shapes: 16000 or 1,3,8,8');
}
