import { NUMBERS, WORDS, type Choices } from './choices.ts';
import { near } from './text.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Changes values, names and places in a tree of JSON, and writes it; numbers that JSON has not are written, too. */
export function mutateJson(bytes: Uint8Array, choices: Choices, other: Uint8Array): Uint8Array {
  const root = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  const holder = { root };
  const donors = placesOf({ root: JSON.parse(new TextDecoder().decode(other)) as Json });
  for (let left = 1 + choices.below(4); left > 0; left--) {
    const places = placesOf(holder);
    if (places.length > 0) change(choices.of(places), choices, choices.chance(0.5) ? places : donors);
  }
  return new TextEncoder().encode(written(holder.root));
}

interface Place {
  readonly parent: Json[] | { [name: string]: Json };
  readonly key: string;
}

function placesOf(parent: Json[] | { [name: string]: Json }, places: Place[] = []): Place[] {
  for (const [key, value] of Object.entries(parent)) {
    places.push({ parent, key });
    if (typeof value === 'object' && value !== null) placesOf(value, places);
  }
  return places;
}

const at = ({ parent, key }: Place): Json => (parent as { [name: string]: Json })[key] as Json;

function set({ parent, key }: Place, value: Json): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function change(place: Place, choices: Choices, others: readonly Place[]): void {
  const { parent, key } = place;
  const value = at(place);
  switch (choices.below(8)) {
    case 0:
      set(place, choices.of(NUMBERS));
      break;
    case 1:
      set(place, typeof value === 'number' ? near(value, choices) : choices.of(WORDS));
      break;
    case 2:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else Reflect.deleteProperty(parent, key);
      break;
    case 3:
      set(
        { parent, key: Array.isArray(parent) ? String(parent.length) : choices.of(WORDS) },
        structuredClone(value),
      );
      break;
    case 4:
      set(place, structuredClone(at(choices.of(others))));
      break;
    case 5:
      set({ parent, key: Array.isArray(parent) ? key : choices.of(others).key }, structuredClone(value));
      break;
    case 6:
      set(place, choices.chance(0.5) ? [value] : { [choices.of(WORDS)]: value });
      break;
    default:
      set(place, choices.of<Json>([null, true, false, [], {}, '', 'x']));
  }
}

/** As JSON.stringify has it, but for numbers: NaN, 1e999 and -0 are there. */
function written(value: Json): string {
  if (typeof value === 'number')
    return Object.is(value, -0) ? '-0' : value === Infinity ? '1e999' : String(value);
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}:${written(each)}`)
    .join(',')}}`;
}
