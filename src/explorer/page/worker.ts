/** The worker of the page: it reads files by slices and counts, while the page stays responsive. */
import { ProfileError } from '../../diagnostics.ts';
import { workerSource } from '../../formats/model.ts';
import { renderJson } from '../../report/json.ts';
import { TOOL } from '../../version.ts';
import { catalogue } from '../catalogue.ts';
import { Explorer, isMeasurement, jsonIn, measurementIn, type SlotResult } from '../explore.ts';
import { gateConfig } from '../gateConfig.ts';
import { detectors, table5Beside } from '../table5.ts';
import type { Answer, Kind, Question, Questions, Shown } from '../messages.ts';
import { slotOf, slotsOf } from './sent.ts';

/** Put in by the build: the charts of every sort of report, compiled. Compiling takes a quarter of a megabyte more. */
declare const CSP_PROFILE_CHARTS: Readonly<Record<string, string>>;

/** Put in by the build: small files by name, in base64. */
declare const CSP_PROFILE_EXAMPLES: Readonly<Record<string, string>>;

const newExplorer = (): Explorer =>
  new Explorer(new Map(Object.entries(CSP_PROFILE_CHARTS)), () =>
    Promise.reject(new TypeError('this chart is not among those that the build compiled')),
  );

const explorer = newExplorer();

/** Milliseconds of quiet after which the worker makes ready. */
const QUIET = 200;

/** How often networks that nobody sees are read: after as many times, what is run often is compiled as well as may be. */
const ROUNDS = 24;

let round = 0;
let isWarming = false;
let quiet: ReturnType<typeof setTimeout> | undefined;
/** questions that wait for their answers */
let asked = 0;

/** What runs for the first time is slow: small networks go first, where there is time. */
async function warm(): Promise<void> {
  isWarming = true;
  await rehearse();
  isWarming = false;
}

async function rehearse(): Promise<void> {
  const rehearsal = newExplorer();
  const network = { id: 0, wanted: { kind: 'zoo', name: 'csppeleenet', parameters: {} } } as const;
  if (round === 0) await rehearsal.explore([network], {});
  const files = Object.entries(CSP_PROFILE_EXAMPLES).map(([name, text], id) => ({
    id,
    wanted: { kind: 'file', name, options: {} } as const,
    blob: new Blob([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))]),
  }));
  for (; round < ROUNDS; round++) {
    for (const { blob, ...slot } of files) {
      // Whoever asks comes first.
      await new Promise((later) => setTimeout(later));
      if (asked > 0) return;
      const source = workerSource(blob);
      if (source !== undefined) await rehearsal.count([{ ...slot, source }], { group: 'fused' });
    }
  }
}

function rest(): void {
  if (asked === 0 && round < ROUNDS && !isWarming) quiet = setTimeout(() => void warm(), QUIET);
}

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  clearTimeout(quiet);
  asked++;
  void respond(data).finally(() => {
    asked--;
    rest();
  });
});

async function respond(question: Question): Promise<void> {
  const { id } = question;
  try {
    send({ id, answer: await answerTo(question) });
  } catch (error) {
    if (error instanceof ProfileError) send({ id, diagnostics: error.diagnostics });
    else send({ id, fault: error instanceof Error ? error.message : String(error) });
  }
}

const send = (answer: Answer): void => {
  postMessage(answer);
};

async function answerTo({ id, kind, ask }: Question): Promise<Questions[Kind]['answer']> {
  switch (kind) {
    case 'catalogue':
      return catalogue();
    case 'explore':
      return shown(id, ask);
    case 'json': {
      const [profile] = profilesIn(await explorer.count([slotOf(ask.slot)], ask.settings));
      return renderJson(profile, { width: 0, color: false, top: 'all', tool: TOOL });
    }
    case 'gate': {
      const profiles = profilesIn(await explorer.count(ask.slots.map(slotOf), ask.settings));
      return gateConfig(
        ask.slots.map(({ wanted }, i) => ({ wanted, profile: profiles[i] as (typeof profiles)[number] })),
        ask.settings,
      );
    }
    case 'detectors':
      return detectors();
    case 'table5':
      return table5Beside(ask.measurement);
    case 'measurement':
      return isMeasurement(await jsonIn(ask.file)) ? measurementIn(ask.file, ask.name) : undefined;
  }
}

async function shown(
  id: number,
  { slots, settings, measurement }: Questions['explore']['ask'],
): Promise<Shown> {
  const counted = (results: readonly SlotResult[]): void =>
    send({
      id,
      numbers: results.map(({ id: slot, diagnostics, profile }) => ({
        id: slot,
        diagnostics,
        ...(profile === undefined ? {} : { totals: profile.totals }),
      })),
    });
  const explored = await explorer.explore(slotsOf(slots), settings, measurement, counted);
  return {
    descriptions: explored.slots.flatMap(({ id: slot, description }) =>
      description === undefined ? [] : [[slot, description] as const],
    ),
    ...(explored.page === undefined ? {} : { page: explored.page }),
  };
}

/** @throws ProfileError what is wrong with one of the networks */
function profilesIn(slots: readonly SlotResult[]) {
  return slots.map(({ profile, diagnostics }) => {
    if (profile !== undefined) return profile;
    const [first, ...others] = diagnostics;
    throw first === undefined
      ? new TypeError('a network without a profile has nothing wrong with it')
      : new ProfileError(first, ...others);
  }) as [NonNullable<SlotResult['profile']>];
}
