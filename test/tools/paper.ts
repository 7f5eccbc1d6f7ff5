import { verdictOf } from '../../src/analysis/paper/reproduce.ts';
import {
  ALL_PARTS,
  FIGURES,
  contradictions,
  networks,
  reproduce,
  summary,
} from '../../src/cli/commands/reproduce.ts';
import { renderDocument } from '../../src/report/document.ts';
import type { Generator } from './generate.ts';

const INTRODUCTION = `# The CSPNet paper, recomputed

<!-- Written by \`npm run generate\`; do not edit. -->

Every cost that [CSPNet (arXiv 1911.11929)](https://arxiv.org/abs/1911.11929) prints, beside what the graphs of this
project give. \`csp-profile reproduce all\` prints the same. A printed number comes out when the computed one is less
than one unit of its last digit away, because the authors sometimes round and sometimes truncate. FLOPs are counted as
Darknet did in November 2019 (\`darknet-2019\`): 2 for each multiply-accumulate of a convolution, 1 for each tap of a
pooling window, nothing else.

The class of a network says what is claimed: **exact** networks are defined by a publication, or every digit printed for
them comes out; **fitted** ones were built so that the printed digits come out, and are not claimed to be what the authors had;
**open** ones do not come out, and show the nearest that was found.
`;

/** Tables and figures of the paper as this project computes them. */
export const paper: Generator = async () => {
  const { sections, rows } = await reproduce(ALL_PARTS);
  const whole = [summary(rows), ...sections, networks(), contradictions];
  const { printed, hold } = verdictOf(rows);
  const figures = Object.entries(FIGURES).map(
    ([name, figure]) =>
      [`reports/paper/${name}.vl.json`, `${JSON.stringify(figure(), undefined, 1)}\n`] as const,
  );
  const introduction = `${INTRODUCTION}\n**${String(hold)} of ${String(printed)} printed costs come out.**\n`;
  return new Map([
    ['reports/paper/README.md', `${introduction}\n${renderDocument('markdown', whole, 100)}`],
    ['reports/paper/paper.json', renderDocument('json', whole, 100)],
    ...figures,
  ]);
};
