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

/** Put in by the build: a small ONNX file, in base64. */
declare const CSP_PROFILE_EXAMPLE: string;

const explorer = new Explorer(new Map(Object.entries(CSP_PROFILE_CHARTS)), () =>
  Promise.reject(new TypeError('this chart is not among those that the build compiled')),
);

/** Milliseconds of quiet after which the worker makes ready. */
const QUIET = 200;

/** What runs for the first time is slow: networks that nobody sees go first, where there is time. */
const warming = setTimeout(() => void warm(), QUIET);

async function warm(): Promise<void> {
  const bytes = Uint8Array.from(atob(CSP_PROFILE_EXAMPLE), (character) => character.charCodeAt(0));
  const source = workerSource(new Blob([bytes]));
  const example = { kind: 'file', name: 'example.onnx', options: {} } as const;
  if (source !== undefined) await explorer.explore([{ id: -1, wanted: example, source }], {});
  const network = { kind: 'zoo', name: 'csppeleenet', parameters: {} } as const;
  await explorer.explore([{ id: -2, wanted: network }], {});
}

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
