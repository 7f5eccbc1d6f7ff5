import { h } from './dom.ts';

export type Line = readonly [label: string, value: string];

const DISTANCE = 14;

const box = h('div', { class: 'tooltip', role: 'presentation', hidden: true });

/** Shows lines beside the pointer. */
export function showTooltip({ clientX, clientY }: MouseEvent, title: string, lines: readonly Line[]): void {
  if (!box.isConnected) document.body.append(box);
  box.replaceChildren(
    ...(title === '' ? [] : [h('strong', {}, title)]),
    h('dl', {}, ...lines.flatMap(([label, value]) => [h('dt', {}, label), h('dd', {}, value)])),
  );
  box.hidden = false;
  const { offsetWidth, offsetHeight } = box;
  const left =
    clientX + DISTANCE + offsetWidth > innerWidth ? clientX - DISTANCE - offsetWidth : clientX + DISTANCE;
  const top =
    clientY + DISTANCE + offsetHeight > innerHeight ? clientY - DISTANCE - offsetHeight : clientY + DISTANCE;
  box.style.left = `${String(Math.max(4, left))}px`;
  box.style.top = `${String(Math.max(4, top))}px`;
}

export function hideTooltip(): void {
  box.hidden = true;
}
