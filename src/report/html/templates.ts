import { escaped } from '../../inertJson.ts';
import type { Spec } from '../charts/chart.ts';

/**
 * Charts that the build compiled, each as JSON, by the key of their specification without what differs between
 * reports. Compiling took a third of the time that a report takes, and gives the same for every report but for those
 * places. They stay text: reading, filling and writing the values took a sixth of what was left.
 */
export interface Templates {
  get(key: string): string | undefined;
  set(key: string, text: string): unknown;
}

/** A specification with holes where reports differ: domains of scales and heights. */
interface Skeleton {
  readonly key: string;
  /** the specification as JSON, a mark in every hole */
  readonly text: string;
  /** what stood in the holes, by its mark: both as JSON */
  readonly filling: ReadonlyMap<string, string>;
}

/** Numbers that no chart has by itself. */
const FIRST_MARK = 9_000_001.25;
const heightMark = (hole: number): string => String(FIRST_MARK + hole);
const numbersMark = (hole: number): string => `[${heightMark(hole)},${heightMark(hole + 0.5)}]`;
const namesMark = (hole: number): string => `["hole ${String(hole)}"]`;
const MARKS = /\[9\d{6}\.25,9\d{6}\.75\]|\["hole \d+"\]|9\d{6}\.25/g;

/**
 * What may be a hole in JSON, and the channels that holes are in. Quotes within a text are escaped: none of these is
 * found in one.
 */
const HOLES =
  /"(?<channel>x|y|x2|y2|color|fill|stroke|size|opacity|order|shape)":\{|"height":(?<height>\d[\d.]*)|"domain":(?:(?<numbers>\[[-+\d.e,]*\])|(?<names>\["[^"\\]*(?:\\.[^"\\]*)*"(?:,"[^"\\]*(?:\\.[^"\\]*)*")*\]))/g;

/** The specification without what differs between reports; equal values of one channel share a hole. */
export function skeletonOf(spec: Spec): Skeleton {
  const filling = new Map<string, string>();
  const holes = new Map<string, string>();
  let channel = '';
  const holeFor = (value: string, markOf: (hole: number) => string): string => {
    const name = `${channel} ${value}`;
    const mark = holes.get(name) ?? markOf(holes.size);
    holes.set(name, mark);
    filling.set(mark, value);
    return mark;
  };
  const text = JSON.stringify(spec).replace(HOLES, (found: string, ...rest: readonly unknown[]) => {
    const { channel: next, height, numbers, names } = rest.at(-1) as Readonly<Record<string, string>>;
    if (next !== undefined) channel = next;
    if (height !== undefined) return `"height":${holeFor(height, heightMark)}`;
    if (numbers !== undefined) return `"domain":${holeFor(numbers, numbersMark)}`;
    return names === undefined ? found : `"domain":${holeFor(names, namesMark)}`;
  });
  return { key: digest(text), text, filling };
}

/** The compiled skeleton with its holes filled. */
export const filled = (compiled: string, filling: Skeleton['filling']): string =>
  compiled.replace(MARKS, (mark) => filling.get(mark) ?? mark);

/** A short name of a text; that two of a hundred share one has odds of one in 10^12. */
function digest(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  return `${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}

/** Where a page takes what differs between reports. */
export const TITLE = '<!--title-->';
export const DATA = '<!--data-->';

/** A page as the build makes it, cut where something goes in: text, or the bytes of a file. */
export interface CutPage<Part> {
  readonly beforeTitle: Part;
  readonly beforeData: Part;
  readonly afterData: Part;
  readonly templates: Templates;
}

/** How a page is kept: as text or as bytes. */
export interface KeptAs<Part> {
  readonly find: (page: Part, mark: string, from: number) => number;
  readonly slice: (page: Part, start: number, end?: number) => Part;
  readonly text: (part: Part) => string;
}

export const TEXT_PAGES: KeptAs<string> = {
  find: (page, mark, from) => page.indexOf(mark, from),
  slice: (page, start, end) => page.slice(start, end),
  text: (part) => part,
};

/** Behind the page the build leaves the charts, a line for each: its key, a blank, and its JSON in ASCII. */
const CHARTS = '<!--charts\n';

export const withCharts = (page: string, charts: ReadonlyMap<string, string>): string =>
  page + CHARTS + [...charts].map(([key, text]) => `${key} ${ascii(text)}\n`).join('');

/** JSON whose characters take a byte each. */
const ascii = (json: string): string => json.replace(/[^\0-\x7f]/g, escaped);

/** @throws TypeError where the page has no place for a title or for data */
export function cutPage<Part>(page: Part, kept: KeptAs<Part>): CutPage<Part> {
  const { find, slice } = kept;
  const title = find(page, TITLE, 0);
  const data = find(page, DATA, title);
  if (title === -1 || data === -1) throw new TypeError('the page has no place for a report');
  const charts = find(page, CHARTS, data);
  const end = charts === -1 ? undefined : charts;
  return {
    beforeTitle: slice(page, 0, title),
    beforeData: slice(page, title + TITLE.length, data),
    afterData: slice(page, data + DATA.length, end),
    templates: end === undefined ? new Map<string, string>() : chartsOf(page, end, kept),
  };
}

function chartsOf<Part>(page: Part, start: number, { find, slice, text }: KeptAs<Part>): Templates {
  return {
    get(key) {
      const line = find(page, `\n${key} `, start);
      if (line === -1) return undefined;
      const chart = line + key.length + 2;
      return text(slice(page, chart, find(page, '\n', chart)));
    },
    set: () => undefined,
  };
}
