import { accuracyAndCost } from './accuracy.ts';
import { activationMemory } from './activationMemory.ts';
import { arrayUse } from './arrayUse.ts';
import { breakdown } from './breakdown.ts';
import type { Chart } from './chart.ts';
import { costPerLayer } from './costPerLayer.ts';
import { cumulativeShare } from './cumulativeShare.ts';
import { histograms } from './histogram.ts';
import { inputOutput } from './inputOutput.ts';
import { picture } from './picture.ts';
import { roofline } from './roofline.ts';
import { timePerLayer } from './timePerLayer.ts';
import { waterfalls } from './waterfall.ts';

/** Every chart of a report, in its order. A new one is its file and its name here. */
export const CHARTS: readonly Chart[] = [
  costPerLayer,
  picture,
  breakdown,
  cumulativeShare,
  ...histograms,
  inputOutput,
  activationMemory,
  roofline,
  timePerLayer,
  arrayUse,
  ...waterfalls,
  accuracyAndCost,
];
