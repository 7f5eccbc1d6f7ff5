import type { PageColumn } from '../pageData.ts';

interface ParallelView {
  readonly columns: readonly PageColumn[];
  /** by column and design */
  readonly values: readonly Float64Array[];
  readonly ranges: readonly (readonly [number, number])[];
  readonly kept: Uint8Array;
  readonly front: readonly number[];
  readonly selected: number;
  readonly valueText: (column: PageColumn, value: number) => string;
}

/** Heights that a line is rounded to: between two axes there are no more than 64 * 64 lines, however many designs. */
const LEVELS = 64;
const TOP = 34;
const BOTTOM = 22;
const SIDE = 60;

/** Every design as a line over all axes: many as their density, the front and the selected one as lines. */
export function drawParallel(canvas: HTMLCanvasElement, view: ParallelView): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { columns, values, ranges, kept } = view;
  const gap = (width - 2 * SIDE) / Math.max(1, columns.length - 1);
  const xOf = (k: number): number => SIDE + k * gap;
  const yOf = (share: number): number => height - BOTTOM - share * (height - TOP - BOTTOM);
  const shareOf = (k: number, i: number): number => {
    const [from, to] = ranges[k] as readonly [number, number];
    return to > from ? (((values[k] as Float64Array)[i] as number) - from) / (to - from) : 0.5;
  };
  const style = getComputedStyle(canvas);

  const counts = new Uint32Array(LEVELS * LEVELS);
  for (let k = 0; k + 1 < columns.length; k++) {
    counts.fill(0);
    let most = 0;
    for (let i = 0; i < kept.length; i++) {
      if (kept[i] === 0) continue;
      const [a, b] = [shareOf(k, i), shareOf(k + 1, i)];
      if (Number.isNaN(a) || Number.isNaN(b)) continue;
      const bin = Math.round(a * (LEVELS - 1)) * LEVELS + Math.round(b * (LEVELS - 1));
      counts[bin] = (counts[bin] as number) + 1;
      most = Math.max(most, counts[bin]);
    }
    context.strokeStyle = style.getPropertyValue('--accent');
    for (let bin = 0; bin < counts.length; bin++) {
      const count = counts[bin] as number;
      if (count === 0) continue;
      context.globalAlpha = 0.05 + 0.5 * Math.sqrt(count / most);
      context.beginPath();
      context.moveTo(xOf(k), yOf(Math.floor(bin / LEVELS) / (LEVELS - 1)));
      context.lineTo(xOf(k + 1), yOf((bin % LEVELS) / (LEVELS - 1)));
      context.stroke();
    }
  }

  const whole = (i: number): void => {
    context.beginPath();
    columns.forEach((_, k) => {
      const share = shareOf(k, i);
      if (!Number.isNaN(share)) context.lineTo(xOf(k), yOf(share));
    });
    context.stroke();
  };
  context.strokeStyle = 'rgb(214, 69, 32)';
  context.globalAlpha = 0.35;
  for (const i of view.front.slice(0, 300)) if (kept[i] === 1) whole(i);
  context.globalAlpha = 1;
  if (view.selected >= 0) {
    context.strokeStyle = style.color;
    context.lineWidth = 2.5;
    whole(view.selected);
    context.lineWidth = 1;
  }

  context.fillStyle = style.color;
  context.font = `12px ${style.fontFamily}`;
  context.textAlign = 'center';
  columns.forEach((column, k) => {
    const [from, to] = ranges[k] as readonly [number, number];
    context.strokeStyle = style.getPropertyValue('--muted');
    context.beginPath();
    context.moveTo(xOf(k), yOf(0));
    context.lineTo(xOf(k), yOf(1));
    context.stroke();
    // Neighbouring titles take turns, so that long ones do not meet.
    context.fillText(column.title, xOf(k), k % 2 === 0 ? 12 : 26, 1.8 * gap);
    context.fillText(view.valueText(column, to), xOf(k) + 4, yOf(1) + 12, gap);
    context.fillText(view.valueText(column, from), xOf(k), height - 6, gap);
  });
}
