import type { PageColumn } from '../pageData.ts';

interface Shown {
  readonly columns: readonly PageColumn[];
  /** by column and design */
  readonly values: readonly Float64Array[];
  readonly ranges: readonly (readonly [number, number])[];
  readonly kept: Uint8Array;
  readonly front: readonly number[];
  readonly valueText: (column: PageColumn, value: number) => string;
}

/** Heights that a line is rounded to: between two axes there are no more than 64 * 64 lines, however many designs. */
const LEVELS = 64;
/** The level of a design that has no such number. */
const NONE = 255;
const TOP = 34;
const BOTTOM = 22;
const SIDE = 60;
/** What a frame spends on lines, so that what is dragged keeps up: those between further axes follow. */
const FRAME_MILLISECONDS = 5;

/** Every design as a line over all axes: many as their density, the front and the selected one as lines. */
export class Parallel {
  readonly #canvas: HTMLCanvasElement;
  readonly #shown: Shown;
  /** by column and design */
  readonly #levels: readonly Uint8Array[];
  /** lines between each axis and the next */
  #lines: readonly HTMLCanvasElement[] = [];
  /** Which of these are not those of the designs that are kept, the next to draw first. */
  #stale: number[] = [];
  #drawnFor = '';

  constructor(canvas: HTMLCanvasElement, shown: Shown) {
    this.#canvas = canvas;
    this.#shown = shown;
    this.#levels = shown.columns.map((_, k) => {
      const levels = new Uint8Array(shown.kept.length);
      for (let i = 0; i < levels.length; i++) {
        const share = this.#shareOf(k, i);
        levels[i] = Number.isNaN(share) ? NONE : Math.round(share * (LEVELS - 1));
      }
      return levels;
    });
  }

  /** Other designs are kept from now on. */
  refresh(): void {
    for (const k of this.#lines.keys()) if (!this.#stale.includes(k)) this.#stale.push(k);
  }

  /**
   * Draws all, but not all lines at once.
   *
   * @returns whether there is more to draw, in the next frame
   */
  draw(selected: number): boolean {
    const context = this.#canvas.getContext('2d');
    if (context === null) return false;
    const { columns } = this.#shown;
    const ratio = devicePixelRatio;
    const [width, height] = [this.#canvas.clientWidth, this.#canvas.clientHeight];
    const gap = (width - 2 * SIDE) / Math.max(1, columns.length - 1);
    const style = getComputedStyle(this.#canvas);
    const accent = style.getPropertyValue('--accent');
    const drawnFor = [width, height, ratio, accent].join();
    if (drawnFor !== this.#drawnFor) {
      this.#drawnFor = drawnFor;
      this.#canvas.width = width * ratio;
      this.#canvas.height = height * ratio;
      this.#lines = columns.slice(1).map(() => {
        const canvas = document.createElement('canvas');
        canvas.width = Math.ceil(gap * ratio);
        canvas.height = height * ratio;
        return canvas;
      });
      this.#stale = [...this.#lines.keys()];
    }
    const start = performance.now();
    do {
      const k = this.#stale.shift();
      if (k === undefined) break;
      this.#drawLines(k, accent, ratio, gap, height);
    } while (performance.now() - start < FRAME_MILLISECONDS);

    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#lines.forEach((lines, k) => {
      context.drawImage(lines, SIDE + k * gap, 0, lines.width / ratio, height);
    });
    this.#drawWhole(context, selected, gap, height, style.color);
    this.#drawAxes(context, gap, height, style);
    return this.#stale.length > 0;
  }

  #shareOf(k: number, i: number): number {
    const [from, to] = this.#shown.ranges[k] as readonly [number, number];
    const value = (this.#shown.values[k] as Float64Array)[i] as number;
    return to > from ? (value - from) / (to - from) : value - value + 0.5;
  }

  /** The lines between an axis and the next, the more designs share one the stronger. */
  #drawLines(k: number, accent: string, ratio: number, gap: number, height: number): void {
    const canvas = this.#lines[k] as HTMLCanvasElement;
    const context = canvas.getContext('2d');
    if (context === null) return;
    const { kept } = this.#shown;
    const [own, next] = [this.#levels[k] as Uint8Array, this.#levels[k + 1] as Uint8Array];
    const counts = new Uint32Array(LEVELS * LEVELS);
    let most = 0;
    for (let i = 0; i < kept.length; i++) {
      const [a, b] = [own[i] as number, next[i] as number];
      if (kept[i] === 0 || a === NONE || b === NONE) continue;
      const count = ++(counts[a * LEVELS + b] as number);
      if (count > most) most = count;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, gap + 1, height);
    context.strokeStyle = accent;
    counts.forEach((count, bin) => {
      if (count === 0) return;
      context.globalAlpha = 0.05 + 0.5 * Math.sqrt(count / most);
      context.beginPath();
      context.moveTo(0, heightOf(Math.floor(bin / LEVELS) / (LEVELS - 1), height));
      context.lineTo(gap, heightOf((bin % LEVELS) / (LEVELS - 1), height));
      context.stroke();
    });
  }

  /** The designs of the front, and the selected one, over all axes. */
  #drawWhole(
    context: CanvasRenderingContext2D,
    selected: number,
    gap: number,
    height: number,
    ink: string,
  ): void {
    const { columns, front, kept } = this.#shown;
    const whole = (i: number): void => {
      context.beginPath();
      columns.forEach((_, k) => {
        const share = this.#shareOf(k, i);
        if (!Number.isNaN(share)) context.lineTo(SIDE + k * gap, heightOf(share, height));
      });
      context.stroke();
    };
    context.strokeStyle = 'rgb(214, 69, 32)';
    context.globalAlpha = 0.35;
    for (const i of front.slice(0, 300)) if (kept[i] === 1) whole(i);
    context.globalAlpha = 1;
    if (selected < 0) return;
    context.strokeStyle = ink;
    context.lineWidth = 2.5;
    whole(selected);
    context.lineWidth = 1;
  }

  #drawAxes(
    context: CanvasRenderingContext2D,
    gap: number,
    height: number,
    style: CSSStyleDeclaration,
  ): void {
    const { columns, ranges, valueText } = this.#shown;
    context.fillStyle = style.color;
    context.font = `12px ${style.fontFamily}`;
    context.textAlign = 'center';
    context.strokeStyle = style.getPropertyValue('--muted');
    columns.forEach((column, k) => {
      const x = SIDE + k * gap;
      const [from, to] = ranges[k] as readonly [number, number];
      context.beginPath();
      context.moveTo(x, heightOf(0, height));
      context.lineTo(x, heightOf(1, height));
      context.stroke();
      // Neighbouring titles take turns, so that long ones do not meet.
      context.fillText(column.title, x, k % 2 === 0 ? 12 : 26, 1.8 * gap);
      context.fillText(valueText(column, to), x + 4, heightOf(1, height) + 12, gap);
      context.fillText(valueText(column, from), x, height - 6, gap);
    });
  }
}

const heightOf = (share: number, height: number): number => height - BOTTOM - share * (height - TOP - BOTTOM);
