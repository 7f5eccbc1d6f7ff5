import type { RunnerTestFile } from 'vitest';
import { defineConfig } from 'vitest/config';
import type { Reporter, Vitest } from 'vitest/node';
import base from '../../../vitest.config.ts';

/** StrykerJS looks at tests only: a file that fails before it has any is given one that failed. */
class Collected implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(): void {
    for (const file of this.#vitest?.state.getFiles() ?? [])
      if ((file.result?.errors?.length ?? 0) > 0) file.tasks.push(failedTest(file));
  }
}

const failedTest = (file: RunnerTestFile): RunnerTestFile['tasks'][number] =>
  Object.assign({ ...file }, { type: 'test', id: `${file.id}_collected`, name: 'is collected', suite: file });

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: (process.env['MUTANTS_TESTS'] ?? '').split(','),
    reporters: [new Collected()],
  },
});
