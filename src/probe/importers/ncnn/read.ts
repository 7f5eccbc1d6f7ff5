import type { ImportedKernel, Importer } from '../importer.ts';

/**
 * What ncnn, built with NCNN_BENCHMARK, prints for each layer of each run: its type, its name and its time. The runs
 * before the last are warm-up; the least time of each layer over all of them is taken.
 *
 * @source Tencent/ncnn, src/benchmark.cpp, benchmark()
 */
export const NCNN: Importer = {
  id: 'ncnn',
  title: 'ncnn',
  command: 'cmake -DNCNN_BENCHMARK=ON, and run the network: the lines on standard error',
  recognises: (text) => text.split('\n', MOST_LINES).some((line) => LINE.test(line)),
  read([file]) {
    const least = new Map<string, ImportedKernel>();
    const calls = new Map<string, number>();
    for (const line of (file?.text ?? '').split(/\r?\n/)) {
      const [, op, name, ms] = LINE.exec(line) ?? [];
      if (op === undefined || name === undefined) continue;
      const us = Number(ms) * 1000;
      const before = least.get(name);
      const count = calls.get(name);
      calls.set(name, count === undefined ? 1 : count + 1);
      if (before === undefined || us < before.us) least.set(name, { names: [name], op, us });
    }
    return {
      kernels: [...least.values()],
      provider: 'ncnn',
      runs: Math.max(...calls.values()),
    };
  },
};

/** Lines that are looked at to know the file. */
const MOST_LINES = 2000;
const LINE = /^(\w+)\s+(\S+)\s+([\d.]+)ms\s+\|/;
