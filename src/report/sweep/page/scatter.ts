/** What a scatter shows. */
interface View {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly colour: Float64Array | undefined;
  readonly selected: number;
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
  readonly xTitle: string;
  readonly yTitle: string;
}

interface Points {
  readonly designs: number;
  readonly onFront: Uint8Array;
  /** positions of those on the front */
  readonly front: readonly number[];
  readonly kept: Uint8Array;
}

type Box = readonly [left: number, right: number, bottom: number, top: number];

const MARGIN = { left: 76, right: 14, top: 10, bottom: 40 };

/** Viridis, in seven steps. */
const COLOURS = [
  [68, 1, 84],
  [70, 51, 127],
  [54, 92, 141],
  [39, 127, 142],
  [31, 161, 135],
  [74, 194, 109],
  [190, 210, 30],
] as const;

/** Designs as points on a canvas: their pixels are set one by one, which holds for a hundred thousand. */
export class Scatter {
  onPick: (position: number) => void = () => undefined;
  readonly frontCss = 'rgb(214, 69, 32)';
  readonly #canvas: HTMLCanvasElement;
  readonly #points: Points;
  #view: View | undefined;
  #box: Box | undefined;
  #image: ImageData | undefined;
  #inks: Uint32Array | undefined;
  #inked: Float64Array | undefined;

  constructor(canvas: HTMLCanvasElement, points: Points) {
    this.#canvas = canvas;
    this.#points = points;
    let from: readonly [number, number] | undefined;
    let moved = false;
    canvas.addEventListener('pointerdown', (event) => {
      from = [event.offsetX, event.offsetY];
      moved = false;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (from === undefined) return;
      const [dx, dy] = [event.offsetX - from[0], event.offsetY - from[1]];
      if (!moved && Math.hypot(dx, dy) < 4) return;
      moved = true;
      this.#move(dx, dy);
      from = [event.offsetX, event.offsetY];
    });
    canvas.addEventListener('pointerup', (event) => {
      if (!moved) this.#pick(event.offsetX, event.offsetY);
      from = undefined;
    });
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.#zoom(event.offsetX, event.offsetY, 1.0015 ** event.deltaY);
      },
      { passive: false },
    );
    canvas.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[
        event.key
      ];
      if (step !== undefined) this.#move(step[0] as number, step[1] as number);
      else if (event.key === '+' || event.key === '-')
        this.#zoom(canvas.clientWidth / 2, canvas.clientHeight / 2, event.key === '+' ? 0.8 : 1.25);
      else return;
      event.preventDefault();
    });
  }

  /** Shows all again with the next drawing. */
  home(): void {
    this.#box = undefined;
  }

  show(view: View): void {
    this.#view = view;
    this.#box ??= boxOf(view.x, view.y);
    this.#draw();
  }

  cssOf(value: number, from: number, to: number): string {
    const [r, g, b] = rgbOf(to > from ? (value - from) / (to - from) : 0.5);
    return `rgb(${String(r)}, ${String(g)}, ${String(b)})`;
  }

  #move(dx: number, dy: number): void {
    const [left, right, bottom, top] = this.#box as Box;
    const across = (dx * (right - left)) / this.#width;
    const up = (dy * (top - bottom)) / this.#height;
    this.#box = [left - across, right - across, bottom + up, top + up];
    this.#draw();
  }

  #zoom(x: number, y: number, factor: number): void {
    const [left, right, bottom, top] = this.#box as Box;
    const cx = left + ((x - MARGIN.left) / this.#width) * (right - left);
    const cy = top - ((y - MARGIN.top) / this.#height) * (top - bottom);
    this.#box = [
      cx + (left - cx) * factor,
      cx + (right - cx) * factor,
      cy + (bottom - cy) * factor,
      cy + (top - cy) * factor,
    ];
    this.#draw();
  }

  get #width(): number {
    return this.#canvas.clientWidth - MARGIN.left - MARGIN.right;
  }

  get #height(): number {
    return this.#canvas.clientHeight - MARGIN.top - MARGIN.bottom;
  }

  #pick(x: number, y: number): void {
    const view = this.#view as View;
    const [left, right, bottom, top] = this.#box as Box;
    const [across, up] = [this.#width / (right - left), this.#height / (top - bottom)];
    let [best, nearest] = [-1, 14 ** 2];
    for (let i = 0; i < this.#points.designs; i++) {
      if (this.#points.kept[i] === 0) continue;
      const px = MARGIN.left + ((view.x[i] as number) - left) * across;
      const py = MARGIN.top + (top - (view.y[i] as number)) * up;
      // Of those close by, one of the front is meant.
      const distance = ((px - x) ** 2 + (py - y) ** 2) * (this.#points.onFront[i] === 1 ? 0.4 : 1);
      if (distance < nearest) [best, nearest] = [i, distance];
    }
    if (best !== -1) this.onPick(best);
  }

  #draw(): void {
    const view = this.#view;
    const context = this.#canvas.getContext('2d');
    if (view === undefined || context === null) return;
    const ratio = devicePixelRatio;
    const [width, height] = [
      Math.round(this.#canvas.clientWidth * ratio),
      Math.round(this.#canvas.clientHeight * ratio),
    ];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    this.#drawPoints(context, view, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#drawAxes(context, view);
    this.#drawMarks(context, view);
  }

  #drawPoints(context: CanvasRenderingContext2D, view: View, ratio: number): void {
    const [left, right, bottom, top] = this.#box as Box;
    const [width, height] = [
      Math.max(1, Math.floor(this.#width * ratio)),
      Math.max(1, Math.floor(this.#height * ratio)),
    ];
    let image = this.#image;
    if (image?.width === width && image.height === height) image.data.fill(0);
    else image = this.#image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const { kept, designs } = this.#points;
    const inks = this.#inksOf(view.colour);
    const size = designs > 20_000 ? Math.ceil(1.5 * ratio) : Math.ceil(3 * ratio);
    const [across, up] = [width / (right - left), height / (top - bottom)];
    // Half a point back, and half a pixel on to round: what is not negative is rounded by cutting off.
    const shift = 0.5 - size / 2;
    for (let i = 0; i < designs; i++) {
      if (kept[i] === 0) continue;
      const px = ((view.x[i] as number) - left) * across + shift;
      const py = (top - (view.y[i] as number)) * up + shift;
      if (!(px >= 0 && py >= 0 && px + size <= width && py + size <= height)) continue;
      const ink = inks[i] as number;
      const begin = Math.trunc(py) * width + Math.trunc(px);
      for (let row = begin; row < begin + size * width; row += width)
        for (let pixel = row; pixel < row + size; pixel++) pixels[pixel] = ink;
    }
    context.putImageData(image, Math.round(MARGIN.left * ratio), Math.round(MARGIN.top * ratio));
  }

  /** The pixel of each design; kept while the colours stay. */
  #inksOf(colour: Float64Array | undefined): Uint32Array {
    if (this.#inks !== undefined && this.#inked === colour) return this.#inks;
    const plain = packed([31, 111, 178]);
    const inks = new Uint32Array(this.#points.designs).fill(plain);
    const palette = Uint32Array.from({ length: 64 }, (_, i) => packed(rgbOf(i / 63)));
    const [least, most] = extentOf(colour ?? new Float64Array());
    colour?.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      inks[i] = palette[most > least ? Math.round(((value - least) / (most - least)) * 63) : 32] as number;
    });
    this.#inked = colour;
    return (this.#inks = inks);
  }

  #drawMarks(context: CanvasRenderingContext2D, view: View): void {
    const [left, right, bottom, top] = this.#box as Box;
    const at = (i: number): readonly [number, number] => [
      MARGIN.left + (((view.x[i] as number) - left) / (right - left)) * this.#width,
      MARGIN.top + ((top - (view.y[i] as number)) / (top - bottom)) * this.#height,
    ];
    context.save();
    context.beginPath();
    context.rect(MARGIN.left - 4, MARGIN.top - 4, this.#width + 8, this.#height + 8);
    context.clip();
    context.strokeStyle = this.frontCss;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const i of this.#points.front) {
      if (this.#points.kept[i] === 0) continue;
      const [x, y] = at(i);
      context.moveTo(x + 4.5, y);
      context.arc(x, y, 4.5, 0, 7);
    }
    context.stroke();
    if (view.selected >= 0) {
      const [x, y] = at(view.selected);
      context.strokeStyle = getComputedStyle(this.#canvas).color;
      context.lineWidth = 2.5;
      context.beginPath();
      context.arc(x, y, 8, 0, 7);
      context.stroke();
    }
    context.restore();
  }

  #drawAxes(context: CanvasRenderingContext2D, view: View): void {
    const [left, right, bottom, top] = this.#box as Box;
    const style = getComputedStyle(this.#canvas);
    context.fillStyle = style.color;
    context.strokeStyle = style.getPropertyValue('--line');
    context.font = `12px ${style.fontFamily}`;
    const base = MARGIN.top + this.#height;
    context.textAlign = 'center';
    for (const value of ticks(left, right, this.#width / 110)) {
      const x = MARGIN.left + ((value - left) / (right - left)) * this.#width;
      line(context, x, MARGIN.top, x, base);
      context.fillText(view.xText(value), x, base + 16);
    }
    context.textAlign = 'right';
    for (const value of ticks(bottom, top, this.#height / 60)) {
      const y = MARGIN.top + ((top - value) / (top - bottom)) * this.#height;
      line(context, MARGIN.left, y, MARGIN.left + this.#width, y);
      context.fillText(view.yText(value), MARGIN.left - 6, y + 4);
    }
    context.fillText(view.xTitle, MARGIN.left + this.#width, base + 34);
    context.save();
    context.translate(13, MARGIN.top);
    context.rotate(-Math.PI / 2);
    context.fillText(view.yTitle, 0, 0);
    context.restore();
  }
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/** Round values between two, about so many. */
function ticks(from: number, to: number, count: number): readonly number[] {
  const rough = (to - from) / Math.max(2, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const values: number[] = [];
  for (let value = Math.ceil(from / step) * step; value <= to; value += step)
    values.push(Number(value.toPrecision(12)));
  return values;
}

function extentOf(values: Float64Array): readonly [number, number] {
  let [from, to] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < from) from = value;
    if (value > to) to = value;
  }
  return [from, to];
}

/** What holds all points, with some room. */
function boxOf(x: Float64Array, y: Float64Array): Box {
  const [[left, right], [bottom, top]] = [extentOf(x), extentOf(y)];
  const across = right > left ? 0.04 * (right - left) : 1;
  const up = top > bottom ? 0.04 * (top - bottom) : 1;
  return [left - across, right + across, bottom - up, top + up];
}

type Colour = readonly [number, number, number];

function rgbOf(share: number): Colour {
  const place = Math.min(1, Math.max(0, share)) * (COLOURS.length - 1);
  const [low, high] = [COLOURS[Math.floor(place)], COLOURS[Math.ceil(place)]] as const;
  const part = place - Math.floor(place);
  const mix = (k: 0 | 1 | 2): number =>
    Math.round((low as Colour)[k] * (1 - part) + (high as Colour)[k] * part);
  return [mix(0), mix(1), mix(2)];
}

/** As a little-endian pixel, opaque. */
const packed = ([r, g, b]: Colour): number => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
