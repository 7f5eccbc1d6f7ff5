import { readFileSync, readdirSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem, type } from 'node:os';
import { basename } from 'node:path';
import type { LocalEnvironment } from '../analysis/measurement/measurement.ts';
import type { RuntimeDevice } from './messages.ts';

/** Instruction sets by which runtimes choose their kernels. */
const FLAGS = [
  'sse4_2',
  'avx',
  'f16c',
  'fma',
  'avx2',
  'avx_vnni',
  'avx512f',
  'avx512bw',
  'avx512vl',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'amx_int8',
  'amx_bf16',
  'asimd',
  'asimddp',
  'asimdhp',
  'i8mm',
  'bf16',
  'sve',
  'sve2',
];

/** The load of the machine, where the system counts it. */
export const currentLoad = (): number | undefined => (platform() === 'win32' ? undefined : loadavg()[0]);

/** What is known of this machine. */
export function environment(
  device: RuntimeDevice,
  runtime: string,
  loadBefore: number | undefined,
): LocalEnvironment {
  const accelerator = device === 'cpu' ? undefined : acceleratorName();
  const governor = textOf('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor');
  const loadAfter = currentLoad();
  return {
    cpu: {
      model: cpus()[0]?.model.trim() ?? arch(),
      logicalCores: availableParallelism(),
      flags: cpuFlags(),
      ...(governor === undefined ? {} : { governor }),
    },
    ...(accelerator === undefined ? {} : { accelerator }),
    memoryBytes: totalmem(),
    os: `${type()} ${release()} ${arch()}`,
    ...(loadBefore === undefined || loadAfter === undefined
      ? {}
      : { load: { before: loadBefore, after: loadAfter } }),
    versions: { node: process.versions.node, onnxruntime: runtime },
    date: new Date().toISOString().slice(0, 10),
  };
}

function cpuFlags(): readonly string[] {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(textOf('/proc/cpuinfo') ?? '')?.[1];
  const present = new Set(line?.split(/\s+/));
  return FLAGS.filter((flag) => present.has(flag));
}

/** The graphics card by its driver's word, or the software that stands for one. */
function acceleratorName(): string | undefined {
  const icd = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'];
  if (icd !== undefined) return `Vulkan through ${basename(icd, '.json')}`;
  const folder = '/proc/driver/nvidia/gpus';
  try {
    const [first] = readdirSync(folder);
    return /^Model:\s*(.*)$/m.exec(textOf(`${folder}/${first ?? ''}/information`) ?? '')?.[1];
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
