// What StrykerJS runs for each of its changes. It writes all of them into the files, each behind a condition: those that
// are not asked for are taken out before the tests are bundled, for they slow down what they stand in a hundred times.
import { bundledTests } from './bundledTests.mjs';

const id = process.env.__STRYKER_ACTIVE_MUTANT__;

function chosen(_, text) {
  if (!text.includes('stryMutAct_9fa48')) return undefined;
  const active = `stryMutAct_9fa48("${String(id)}")`;
  return {
    active: text.includes(active),
    text: text
      .replaceAll(active, 'true')
      .replaceAll(/stryMutAct_9fa48\("\d+"\)/g, 'false')
      .replaceAll(/stryCov_9fa48\((?:"\d+"(?:, )?)+\)/g, '0'),
  };
}

const tests = await bundledTests((process.env.MUTANTS_TESTS ?? '').split(','), 'temp/bundled');
const failure = await tests.firstFailure(chosen);
await tests.dispose();
if (failure !== undefined) {
  console.log(failure);
  process.exitCode = 1;
}
