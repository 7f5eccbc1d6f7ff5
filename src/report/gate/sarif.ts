import type { Check, GateResult } from '../../analysis/gate/result.ts';
import type { Origin } from '../../diagnostics.ts';
import { plain } from '../format.ts';
import type { GateRenderer, GateRenderOptions } from './report.ts';
import { causeText, placeOf, sentence, uncountedText } from './sentences.ts';

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
export const renderSarif: GateRenderer = ({ results }, options) => {
  const unmet = results.flatMap((result) =>
    result.checks
      .filter(({ status }) => status === 'fail' || status === 'warn')
      .map((check) => ({ result, check })),
  );
  const incomplete = results.flatMap(uncountedText);
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
        results: unmet.map(({ result, check }) => resultOf(result, check, ids, options)),
      },
    ],
  };
  return `${JSON.stringify(sarif, undefined, 2)}\n`;
};

const ruleId = ({ kind, name }: Check): string => `${kind}/${plain(name)}`;

function resultOf(result: GateResult, check: Check, ids: readonly string[], options: GateRenderOptions) {
  const id = ruleId(check);
  const { causes, causesBy } = check;
  const related = causes.map((cause) => ({
    ...locationOf(cause.layer.origin, options),
    message: message(causeText(cause, causesBy)),
  }));
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
    locations: [locationOf(placeOf(check), options)],
    relatedLocations: [
      ...related,
      { ...locationOf(check.place, options), message: message(`demanded here: ${check.demand}`) },
    ].map((location, i) => ({ id: i, ...location })),
    partialFingerprints: { 'demand/v1': `${plain(result.model)} ${id}` },
  };
}

function locationOf(origin: Origin, { inRepository }: GateRenderOptions): object {
  const { file, line } = origin;
  const name = logicalName(origin);
  return {
    ...(file === undefined
      ? {}
      : {
          physicalLocation: {
            artifactLocation: { uri: uriOf(inRepository(file)), uriBaseId: '%SRCROOT%' },
            ...(line === undefined ? {} : { region: { startLine: line } }),
          },
        }),
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
