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
import { measuring, type Measuring } from './measuring.ts';

/** What is to be measured, asked for when it is. */
interface Subjects {
  readonly slots: readonly SentSlot[];
  readonly settings: Settings;
}

/** Fresh workers that measure. */
const ROUNDS = 3;
/** Seconds of measuring in each, at most, beside the least number of runs. */
const SECONDS = 10;

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
    this.#start = button('Measure here', () => void this.#run());
    this.#stop = button('Stop', () => this.#stopped?.());
    this.#table5 = button('Measure table 5 of the paper here', () => void this.#runDetectors());
    this.#stop.hidden = true;
    this.element = h(
      'div',
      { class: 'measure' },
      this.#start,
      this.#table5,
      this.#stop,
      label,
      this.#progress,
      this.#doing,
      location.protocol === 'file:' &&
        h(
          'p',
          { class: 'hint' },
          'A page from a file cannot load the runtime: use csp-profile open, or a web host.',
        ),
    );
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
    try {
      this.#doing.textContent = 'loading onnxruntime-web';
      const files = await measuring(settingsOf(this.#where).where);
      let times: readonly MeasureAnswer[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const answer = await Promise.race([this.#round(round, files, times), stopped]);
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
    round: number,
    { program, runtime }: Measuring,
    before: readonly MeasureAnswer[],
  ): Promise<Extract<MeasureReply, { kind: 'measured' }>> {
    this.#worker?.terminate();
    const address = URL.createObjectURL(program);
    const worker = new Worker(address);
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.addEventListener('error', ({ message }) => reject(new TypeError(message)));
      worker.addEventListener('message', ({ data }: MessageEvent<MeasureReply>) => {
        switch (data.kind) {
          case 'doing':
            this.#doing.textContent = `${String(round + 1)} of ${String(ROUNDS)}: ${data.doing}`;
            this.#progress.value = (round + (data.done ?? 0)) / ROUNDS;
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
        ...this.#subjects(),
        run: settingsOf(this.#where),
        runtime,
        before,
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

function settingsOf(place: string): RunSettings {
  const [where, threads = '1'] = place.split(' ');
  return {
    where: where as Where,
    threads: Number(threads),
    seed: 1,
    warmup: 2,
    rounds: { least: 10, most: 60 },
    seconds: SECONDS,
  };
}
