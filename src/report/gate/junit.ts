import type { Check, GateResult } from '../../analysis/gate/result.ts';
import { plain } from '../format.ts';
import { Names } from './fitting.ts';
import type { GateRenderer } from './report.ts';
import { causeText, causesTitle, placeBehind, placeOf, sentence, uncountedText } from './sentences.ts';

/** Text in XML; what XML cannot hold at all is escaped as for a terminal. */
const xml = (text: string): string =>
  plain(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(String(value))}"`)
    .join('');

/**
 * JUnit's XML: a suite for each network, a case for each check, no two of one name, of which readers count the first
 * only.
 *
 * @source junit-10.xsd of Jenkins' xUnit plugin, which knows no file and line of a case
 */
export const renderJunit: GateRenderer = ({ results }) => {
  const all = results.flatMap(({ checks }) => checks);
  const names = new Names();
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'csp-profile gate', ...counts(all) })}>`,
    ...results.flatMap((result) => suite(result, names)),
    '</testsuites>',
    '',
  ].join('\n');
};

const counts = (checks: readonly Check[]) => ({
  tests: checks.length,
  failures: checks.filter(({ status }) => status === 'fail').length,
  errors: 0,
  time: 0,
});

const suite = (result: GateResult, names: Names): readonly string[] => {
  const { checks } = result;
  const model = names.unique(result.model);
  const cases = new Names();
  return [
    `  <testsuite${attributes({
      name: model,
      ...counts(checks),
      skipped: checks.filter(({ status }) => status === 'new').length,
    })}>`,
    ...checks.flatMap((check) => testcase(model, cases.unique(check.name), check)),
    ...uncountedText(result).map((text) => `    <system-out>${xml(text)}</system-out>`),
    '  </testsuite>',
  ];
};

function testcase(model: string, name: string, check: Check): readonly string[] {
  const open = `    <testcase${attributes({ classname: model, name, time: 0 })}`;
  const text = xml(sentence(check));
  switch (check.status) {
    case 'fail':
      return [
        `${open}>`,
        `      <failure${attributes({ message: sentence(check) + placeBehind(placeOf(check)), type: check.kind })}>${[
          text,
          ...(check.causes.length === 0 ? [] : [xml(`${causesTitle(check)}:`)]),
          ...check.causes.map((cause) => xml(causeText(cause, check.causesBy))),
        ].join('\n')}</failure>`,
        '    </testcase>',
      ];
    case 'new':
      return [`${open}>`, `      <skipped${attributes({ message: sentence(check) })}/>`, '    </testcase>'];
    case 'warn':
    case 'improved':
    case 'pass':
      return [`${open}>`, `      <system-out>${text}</system-out>`, '    </testcase>'];
  }
}
