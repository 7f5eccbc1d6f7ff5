import { h } from '../../report/html/page/dom.ts';

/** A named field; what explains it is shown on hover, and read out. */
export function field(name: string, input: HTMLElement, about?: string): HTMLElement {
  return h('label', { class: 'field', title: about }, h('span', {}, name), input);
}

/** A whole number, or nothing. */
export function numberBox(
  options: {
    readonly value: number | undefined;
    readonly placeholder?: string | undefined;
    readonly least: number;
    readonly most?: number;
    readonly step?: number;
    readonly label?: string;
  },
  change: (value: number | undefined) => void,
): HTMLInputElement {
  const { value, placeholder, least, most, step, label } = options;
  const box = h('input', {
    type: 'number',
    inputmode: 'decimal',
    min: least,
    max: most,
    step: step ?? 1,
    value,
    placeholder,
    'aria-label': label,
    change: () => change(box.value === '' ? undefined : box.valueAsNumber),
  });
  return box;
}

/** A line of text, handed over when it is complete. */
export function textBox(
  value: string,
  placeholder: string | undefined,
  change: (value: string) => void,
): HTMLInputElement {
  const box = h('input', {
    type: 'text',
    value,
    placeholder,
    autocomplete: 'off',
    spellcheck: 'false',
    change: () => change(box.value.trim()),
  });
  return box;
}

export function checkBox(name: string, checked: boolean, change: (checked: boolean) => void): HTMLElement {
  const box = h('input', { type: 'checkbox', checked, change: () => change(box.checked) });
  return h('label', { class: 'check' }, box, h('span', {}, name));
}

export const button = (name: string, click: () => void, label?: string): HTMLButtonElement =>
  h('button', { type: 'button', class: 'action', click, 'aria-label': label }, name);

/** Hands a file to the person. */
export function download(name: string, content: string, type: string): void {
  const href = URL.createObjectURL(new Blob([content], { type }));
  h('a', { href, download: name }).click();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
