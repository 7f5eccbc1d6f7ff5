/** What a terminal obeys, or an editor hides, of what JSON leaves as it is: controls, directions, invisible characters. */
const OBEYED =
  /[\u007f-\u009f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

/** A value as JSON that shows every character which would act or hide, as its code: the same value to programs. */
export const inertJson = (value: unknown, indent?: number): string =>
  inert(JSON.stringify(value, undefined, indent));

/** The same of JSON that is there. */
export const inert = (json: string): string => json.replace(OBEYED, escaped);

/** Every unit of UTF-16 by its code. */
export const escaped = (characters: string): string =>
  Array.from(
    { length: characters.length },
    (_, i) => `\\u${characters.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
