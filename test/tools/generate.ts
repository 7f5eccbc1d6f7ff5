/**
 * Files that are committed and come out of a program: `npm run generate` writes them, with --check it says which
 * are not what it would write (for CI).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { calibrationReport } from './calibration.ts';
import { decoder } from './decoder.ts';
import { deviceReference } from './deviceReference.ts';
import { errorCodes } from './errorCodes.ts';
import { guide } from './guide.ts';
import { deviceModels } from './latencies/models.ts';
import { devicesReport } from './latencies/report.ts';
import { measuredReports } from './measured.ts';
import { paper } from './paper.ts';
import { reference } from './reference.ts';
import { schemas } from './schemas.ts';
import { zooTotals } from './zooTotals.ts';
import { table1Sweep } from './table1Sweep.ts';
import { zooNames } from './zooNames.ts';

/** Files of one source of truth: path below the repository root -> text. */
export type Generator = () => ReadonlyMap<string, string> | Promise<ReadonlyMap<string, string>>;

/** Each is one file that exports a Generator, and one name here. */
const GENERATORS: readonly Generator[] = [
  calibrationReport,
  decoder,
  deviceReference,
  errorCodes,
  guide,
  deviceModels,
  devicesReport,
  measuredReports,
  paper,
  reference,
  schemas,
  zooTotals,
  table1Sweep,
  zooNames,
];

const current = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const generate of GENERATORS) {
  for (const [path, text] of await generate()) {
    if (current(path) === text) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
for (const path of stale)
  console.log(check ? `${path} is not what \`npm run generate\` writes` : `wrote ${path}`);
if (check && stale.length > 0) process.exitCode = 1;
