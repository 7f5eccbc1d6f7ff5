import type { Spec } from '../charts/chart.ts';

/**
 * Charts that the build compiled, by the key of their specification without what differs between reports. Compiling
 * took a third of the time that a report takes, and gives the same for every report but for those places.
 */
export type Templates = Record<string, Spec | undefined>;

/** A specification with holes where reports differ: domains of scales and heights. */
interface Skeleton {
  readonly key: string;
  readonly spec: Spec;
  /** what stood in the holes */
  readonly filling: readonly Hole[];
}

interface Hole {
  readonly mark: unknown;
  readonly value: unknown;
}

/** Numbers that no chart has by itself. */
const markNumber = (hole: number): number => 9_000_001.25 + hole;

/** The specification without what differs between reports; equal values of one channel share a hole. */
export function skeletonOf(spec: Spec): Skeleton {
  const holes = new Map<string, Hole>();
  const holeFor = (channel: string, value: unknown, mark: (hole: number) => unknown): unknown => {
    const name = `${channel} ${JSON.stringify(value)}`;
    const known = holes.get(name) ?? { mark: mark(holes.size), value };
    holes.set(name, known);
    return known.mark;
  };
  /** @param channel `x`, `color`: what is encoded where the value stands */
  const walk = (value: unknown, key: string, channel: string): unknown => {
    if (key === 'height' && typeof value === 'number') return holeFor(channel, value, markNumber);
    if (Array.isArray(value)) {
      const isNumeric = value.every((each) => typeof each === 'number');
      if (key === 'domain' && isNumeric)
        return holeFor(channel, value, (hole) => [markNumber(hole), markNumber(hole) + 0.5]);
      if (key === 'domain' && value.every((each) => typeof each === 'string'))
        return holeFor(channel, value, (hole) => [`hole ${String(hole)}`]);
      return value.map((each) => walk(each, '', channel));
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        walk(each, name, key === 'encoding' ? name : channel),
      ]),
    );
  };
  const bare = walk(spec, '', '') as Spec;
  return { key: digest(JSON.stringify(bare)), spec: bare, filling: [...holes.values()] };
}

/** The compiled skeleton with its holes filled. */
export function filled(compiled: Spec, filling: readonly Hole[]): Spec {
  const values = new Map(filling.map(({ mark, value }) => [JSON.stringify(mark), value]));
  const walk = (value: unknown): unknown => {
    if (typeof value === 'number') return values.get(String(value)) ?? value;
    if (typeof value !== 'object' || value === null) return value;
    if (!Array.isArray(value))
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]));
    const [first] = value as readonly unknown[];
    const found =
      typeof first === 'string' || typeof first === 'number' ? values.get(JSON.stringify(value)) : undefined;
    return found ?? value.map(walk);
  };
  return walk(compiled) as Spec;
}

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

/** Between these the build leaves the charts in the page. */
const TEMPLATES = ['<!--charts ', '-->'] as const;

/** The page as it is sent out, and the charts that the build compiled. */
export function withoutTemplates(page: string): { readonly page: string; readonly templates: Templates } {
  const start = page.indexOf(TEMPLATES[0]);
  const end = start === -1 ? -1 : page.indexOf(TEMPLATES[1], start);
  if (end === -1) return { page, templates: {} };
  return {
    page: page.slice(0, start) + page.slice(end + TEMPLATES[1].length),
    templates: JSON.parse(page.slice(start + TEMPLATES[0].length, end)) as Templates,
  };
}
