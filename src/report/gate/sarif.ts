import type { Check, GateResult } from '../../analysis/gate/result.ts';
import type { Origin } from '../../diagnostics.ts';
import { plain } from '../format.ts';
import { Names } from './fitting.ts';
import type { GateRenderer, GateRenderOptions } from './report.ts';
import { causeText, placeOf, sentence, uncountedText } from './sentences.ts';
import { inertJson } from '../../inertJson.ts';

/** Plain text of a SARIF message, in which brackets make links and braces placeholders. */
const message = (text: string): { readonly text: string } => ({
  text: plain(text)
    .replace(/[\\[\]]/g, '\\$&')
    .replace(/[{}]/g, '$&$&'),
});

/**
 * SARIF 2.1.0: a result for each check that is not met, at the layer that grew most.
 *
 * @source OASIS SARIF 2.1.0, sections 3.11.5 (placeholders), 3.11.6 (links), 3.27 (results)
 */
export const renderSarif: GateRenderer = ({ config, results }, options) => {
  const found = results.flatMap((result) =>
    result.checks
      .filter(({ status }) => status === 'fail' || status === 'warn')
      .map((check) => ({ result, check })),
  );
  // Errors first, where there are more than are read.
  const unmet =
    found.length <= MOST_RESULTS
      ? found
      : found
          .toSorted((a, b) => Number(a.check.status === 'warn') - Number(b.check.status === 'warn'))
          .slice(0, MOST_RESULTS);
  const left = found.length - unmet.length;
  const incomplete = [
    ...(left === 0 ? [] : [`${String(left)} more checks are not met and not listed.`]),
    ...results.flatMap(uncountedText),
  ];
  const about: About = { ...options, config, fingerprints: new Names() };
  const rules = [...new Map(unmet.map(({ check }) => [ruleId(check), check]))];
  const ids = rules.map(([id]) => id);
  const sarif = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: options.tool.name,
            version: options.tool.version,
            rules: rules.map(([id, { kind, name, demand }]) => ({
              id,
              shortDescription: message(
                kind === 'limit' ? `${name} is limited to ${demand}` : `${name}: ${demand}`,
              ),
            })),
          },
        },
        ...(incomplete.length === 0
          ? {}
          : {
              invocations: [
                {
                  executionSuccessful: true,
                  toolExecutionNotifications: incomplete.map((text) => ({
                    level: 'warning',
                    message: message(text),
                  })),
                },
              ],
            }),
        columnKind: 'utf16CodeUnits',
        results: unmet.map(({ result, check }) => resultOf(result, check, ids, about)),
      },
    ],
  };
  return `${inertJson(sarif, 2)}\n`;
};

/** GitHub reads this many results of a run. */
const MOST_RESULTS = 25_000;

interface About extends GateRenderOptions {
  readonly config: string;
  readonly fingerprints: Names;
}

const ruleId = ({ kind, name }: Check): string => `${kind}/${plain(name)}`;

function resultOf(result: GateResult, check: Check, ids: readonly string[], about: About) {
  const id = ruleId(check);
  const { causes, causesBy } = check;
  const related = causes.flatMap((cause) => {
    const { origin } = cause.layer;
    // A layer of a built-in network is in no file.
    return origin.file === undefined
      ? []
      : [{ ...locationOf(origin, about), message: message(causeText(cause, causesBy)) }];
  });
  return {
    ruleId: id,
    ruleIndex: ids.indexOf(id),
    level: check.status === 'fail' ? 'error' : 'warning',
    message: message(
      [
        `${result.model}: ${sentence(check)}`,
        ...causes.slice(0, 3).map((cause) => causeText(cause, causesBy)),
      ].join('; '),
    ),
    locations: [locationOf(placeOf(check), about)],
    relatedLocations: [
      ...related,
      { ...locationOf(check.place, about), message: message(`demanded here: ${check.demand}`) },
    ].map((location, i) => ({ id: i, ...location })),
    partialFingerprints: { 'demand/v1': about.fingerprints.unique(`${plain(result.model)} ${id}`) },
  };
}

/** A place in a file, or in the configuration; one without a line, as in a binary file, is at its beginning. */
function locationOf(origin: Origin, { inRepository, config }: About): object {
  const { file = config, line = 1 } = origin;
  const name = logicalName(origin);
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(inRepository(file)), uriBaseId: '%SRCROOT%' },
      region: { startLine: line },
    },
    ...(name === undefined
      ? {}
      : { logicalLocations: [{ fullyQualifiedName: plain(name), kind: 'element' }] }),
  };
}

/** What an origin names inside its file, or instead of one. */
function logicalName({ architecture, scope, node, op, section, path }: Origin): string | undefined {
  if (architecture !== undefined) return scope === undefined ? architecture : `${architecture}/${scope}`;
  return node ?? op ?? section ?? path;
}

/** A path as a relative reference; what no URI can hold is replaced. */
const uriOf = (path: string): string =>
  path
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
