// Every built-in network in the page: npm run check:explorer
import { expect, it } from 'vitest';
import { zoo } from '../../architectures/zoo.ts';
import { Explorer } from '../../src/explorer/explore.ts';
import { toVega } from '../../src/report/html/compile.ts';
import { renderJson } from '../../src/report/json.ts';
import { TOOL } from '../../src/version.ts';
import { run } from '../cli/run.ts';

const explorer = new Explorer(new Map(), () => Promise.resolve(toVega));

it.each(zoo().map(({ name }) => name))('counts %s as the command line does', async (name) => {
  const wanted = { kind: 'zoo', name, parameters: {} } as const;
  const [result] = await explorer.count([{ id: 1, wanted }], {});
  const saved = renderJson(result!.profile!, { width: 0, color: false, top: 'all', tool: TOOL });
  const { stdout } = await run(['analyze', name, '--format', 'json']);
  expect(saved).toBe(stdout);
});
