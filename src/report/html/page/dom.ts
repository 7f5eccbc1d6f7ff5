export type Child = Node | string | false | undefined;

type Properties = Readonly<Record<string, string | number | boolean | undefined | ((event: never) => void)>>;

/** An element: functions become listeners, everything else attributes; strings are text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name, value as EventListener);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(
    ...children.filter((child): child is Node | string => child !== false && child !== undefined),
  );
  return element;
}

/** A swatch in the colour of a network. */
export function swatch(at: number): HTMLElement {
  return h('span', { class: 'swatch', 'data-network': at % 7, 'aria-hidden': 'true' });
}

/** A choice between named values: the box, and the label around it. */
export function select(
  name: string,
  options: readonly (readonly [value: string, text: string])[],
  current: string,
  choose: (value: string) => void,
): { readonly label: HTMLLabelElement; readonly box: HTMLSelectElement } {
  const box = h(
    'select',
    { change: () => choose(box.value) },
    ...options.map(([value, text]) => h('option', { value, selected: value === current }, text)),
  );
  return { label: h('label', { class: 'choice' }, h('span', {}, name), box), box };
}

/** A small table, which scrolls sideways where it does not fit; the columns behind `texts` hold numbers. */
export function table(
  label: string,
  titles: readonly string[],
  texts: number,
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const side = (i: number): string | undefined => (i < texts ? undefined : 'number');
  return h(
    'div',
    { class: 'sideways', tabindex: 0, role: 'region', 'aria-label': label },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h('tr', {}, ...titles.map((title, i) => h('th', { scope: 'col', class: side(i) }, title))),
      ),
      h(
        'tbody',
        {},
        ...rows.map((cells) => h('tr', {}, ...cells.map((cell, i) => h('td', { class: side(i) }, cell)))),
      ),
    ),
  );
}
