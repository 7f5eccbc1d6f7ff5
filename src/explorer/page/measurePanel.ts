import type { Measurement } from '../../analysis/measurement/measurement.ts';
import { ProfileError } from '../../diagnostics.ts';
import type { MeasureAnswer } from '../../probe/messages.ts';
import { h, select } from '../../report/html/page/dom.ts';
import type { RunSettings } from '../measure/runner.ts';
import type { SentSlot } from '../messages.ts';
import type { Where } from '../runtimes.ts';
import type { Settings } from '../state.ts';
import { button } from './fields.ts';
import type { MeasureQuestion, MeasureReply } from './measureWorker.ts';
import { canMeasure, measuring, type Measuring } from './measuring.ts';

/** What is to be measured, asked for when it is. */
interface Subjects {
  readonly slots: readonly SentSlot[];
  readonly settings: Settings;
}

/** How thoroughly to measure: fresh workers, and seconds and runs in each. */
const EFFORTS = {
  quick: { workers: 1, seconds: 3, least: 5 },
  usual: { workers: 3, seconds: 10, least: 10 },
  thorough: { workers: 5, seconds: 40, least: 20 },
} as const;

type Effort = keyof typeof EFFORTS;

/** Measures the networks of the page on this device. */
export class MeasurePanel {
  readonly element: HTMLElement;
  readonly #subjects: () => Subjects;
  readonly #measured: (measurement: Measurement) => void;
  readonly #failed: (error: unknown) => void;
  readonly #chooseDetectors: () => Promise<void>;
  readonly #progress = h('progress', { max: 1, 'aria-label': 'Progress of measuring', hidden: true });
  readonly #doing = h('output', { class: 'hint' });
  readonly #start: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #table5: HTMLButtonElement;
  #where = '';
  #effort: Effort = 'usual';
  #worker: Worker | undefined;
  #stopped: (() => void) | undefined;

  constructor(
    subjects: () => Subjects,
    measured: (measurement: Measurement) => void,
    failed: (error: unknown) => void,
    chooseDetectors: () => Promise<void>,
  ) {
    this.#subjects = subjects;
    this.#measured = measured;
    this.#failed = failed;
    this.#chooseDetectors = chooseDetectors;
    const places = placesHere();
    this.#where = places[0]?.[0] ?? '';
    const { label } = select('On', places, this.#where, (where) => {
      this.#where = where;
    });
    const effort = select(
      'For',
      [
        ['quick', 'a first idea (1 worker, 3 s)'],
        ['usual', 'figures (3 fresh workers, 10 s each)'],
        ['thorough', 'a comparison (5 fresh workers, 40 s each)'],
      ],
      this.#effort,
      (chosen) => {
        this.#effort = chosen in EFFORTS ? (chosen as Effort) : 'usual';
      },
    );
    this.#start = button('Measure here', () => void this.#run());
    this.#stop = button('Stop', () => this.#stopped?.());
    this.#table5 = button('Measure table 5 of the paper here', () => void this.#runDetectors());
    this.#stop.hidden = true;
    this.#table5.disabled = !canMeasure();
    this.ready(false);
    this.element = h(
      'div',
      { class: 'measure' },
      this.#start,
      this.#table5,
      this.#stop,
      label,
      effort.label,
      this.#progress,
      this.#doing,
      h(
        'p',
        { class: 'hint' },
        'onnxruntime-web runs the network here and now, as this program writes it: with made-up weights, an ONNX file too (csp-profile probe runs the file itself). Its kernels are not those of Node: WebAssembly has vectors of 128 bits and no blocked layouts (nchwc), WebGPU has shaders. Compare networks by ratios.',
      ),
      !canMeasure() &&
        h(
          'p',
          { class: 'hint' },
          'A page from a file cannot load the runtime: use csp-profile open, a web host, or measuring.html, which carries it.',
        ),
    );
  }

  /** @param some whether there is a network to measure */
  ready(some: boolean): void {
    this.#start.disabled = !some || !canMeasure();
  }

  async #runDetectors(): Promise<void> {
    await this.#chooseDetectors();
    await this.#run();
  }

  async #run(): Promise<void> {
    this.#busy(true);
    const stopped = new Promise<undefined>((resolve) => {
      this.#stopped = () => resolve(undefined);
    });
    // What is changed meanwhile waits for the next time.
    const [subjects, settings] = [this.#subjects(), settingsOf(this.#where, this.#effort)];
    const { workers } = EFFORTS[this.#effort];
    try {
      this.#doing.textContent = 'loading onnxruntime-web';
      const files = await measuring(settings.where);
      let times: readonly MeasureAnswer[] = [];
      for (let round = 0; round < workers; round++) {
        const answer = await Promise.race([
          this.#round([round, workers], files, { ...subjects, run: settings, before: times }),
          stopped,
        ]);
        if (answer === undefined) break;
        ({ times } = answer);
        this.#measured(answer.measurement);
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#worker?.terminate();
      this.#busy(false);
    }
  }

  #busy(busy: boolean): void {
    this.#start.hidden = busy;
    this.#table5.hidden = busy;
    this.#stop.hidden = !busy;
    this.#progress.hidden = !busy;
    if (!busy) this.#doing.textContent = '';
  }

  /** What one fresh worker measures, with what those before it did. */
  #round(
    [round, workers]: readonly [round: number, workers: number],
    { program, runtime }: Measuring,
    asked: Omit<MeasureQuestion, 'runtime'>,
  ): Promise<Extract<MeasureReply, { kind: 'measured' }>> {
    this.#worker?.terminate();
    const worker = new Worker(URL.createObjectURL(program));
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.addEventListener('error', ({ message }) => reject(new TypeError(message)));
      worker.addEventListener('message', ({ data }: MessageEvent<MeasureReply>) => {
        switch (data.kind) {
          case 'doing':
            this.#doing.textContent = `${String(round + 1)} of ${String(workers)}: ${data.doing}`;
            this.#progress.value = (round + (data.done ?? 0)) / workers;
            break;
          case 'measured':
            resolve(data);
            break;
          case 'failed':
            reject(new ProfileError(...(data.diagnostics as ConstructorParameters<typeof ProfileError>)));
            break;
          case 'fault':
            reject(new TypeError(data.fault));
        }
      });
      const question: MeasureQuestion = {
        ...asked,
        runtime,
      };
      worker.postMessage(question);
    });
  }
}

/** `webgpu`, `wasm 4`: what this browser has, the fastest first. */
function placesHere(): readonly (readonly [value: string, text: string])[] {
  const cores = navigator.hardwareConcurrency;
  return [
    ...('gpu' in navigator ? [['webgpu', 'the GPU (WebGPU)'] as const] : []),
    ...(crossOriginIsolated && cores > 1
      ? [[`wasm ${String(cores)}`, `the CPU, ${String(cores)} threads (WebAssembly)`] as const]
      : []),
    ['wasm 1', 'the CPU, 1 thread (WebAssembly)'],
  ];
}

const whereOf = (place: string): Where => (place === 'webgpu' ? 'webgpu' : 'wasm');

function settingsOf(place: string, effort: Effort): RunSettings {
  const { seconds, least } = EFFORTS[effort];
  return {
    where: whereOf(place),
    threads: Number(place.split(' ')[1] ?? 1),
    seed: 1,
    warmup: 2,
    rounds: { least, most: 200 },
    seconds,
  };
}
