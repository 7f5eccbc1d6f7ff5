/** The worker of the page: it reads files by slices and counts, while the page stays responsive. */
import { ProfileError } from '../../diagnostics.ts';
import { renderJson } from '../../report/json.ts';
import { TOOL } from '../../version.ts';
import { catalogue } from '../catalogue.ts';
import { Explorer, isMeasurement, jsonIn, measurementIn, type SlotResult } from '../explore.ts';
import { gateConfig } from '../gateConfig.ts';
import { detectors, table5Beside } from '../table5.ts';
import type { Answer, Kind, Question, Questions } from '../messages.ts';
import { slotOf } from './sent.ts';

/** Put in by the build: the charts of every sort of report, compiled. Compiling takes a quarter of a megabyte more. */
declare const CSP_PROFILE_CHARTS: Readonly<Record<string, string>>;

const explorer = new Explorer(new Map(Object.entries(CSP_PROFILE_CHARTS)), () =>
  Promise.reject(new TypeError('this chart is not among those that the build compiled')),
);

/** Milliseconds of quiet after which the worker makes ready. */
const QUIET = 200;

/** What runs for the first time is slow: a network that nobody sees goes first, where there is time. */
const warming = setTimeout(() => {
  void explorer.explore([{ id: -1, wanted: { kind: 'zoo', name: 'csppeleenet', parameters: {} } }], {});
}, QUIET);

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  if (data.kind !== 'catalogue') clearTimeout(warming);
  void respond(data);
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

async function answerTo({ kind, ask }: Question): Promise<Questions[Kind]['answer']> {
  switch (kind) {
    case 'catalogue':
      return catalogue();
    case 'explore':
      return explorer.explore(ask.slots.map(slotOf), ask.settings, ask.measurement);
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
