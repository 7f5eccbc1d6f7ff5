import { profile, type Profile } from '../../src/analysis/profile.ts';
import { buildNetwork } from '../../architectures/zoo.ts';
import { layerSources } from '../../src/graph/sources.ts';
import { graph } from '../../src/graph/network.ts';
import { buildReport, type ReportInput } from '../../src/report/html/build.ts';
import { firstView, type View } from '../../src/report/html/model.ts';

export const TOOL = { name: 'csp-profile', version: '0.0.0' };

export const zooProfile = (name: string): Profile => profile(buildNetwork(name));

/** What the layers of a built-in network read. */
export const zooSources = (name: string): readonly (readonly number[])[] => layerSources(buildNetwork(name));

/** A chain of convolutions whose widths and windows vary. */
export const deepProfile = (layers: number, width: number): Profile =>
  profile(
    graph(`deep${String(width)}`, (g) => {
      let x = g.input([1, 3, 32, 32]);
      for (let i = 0; i < layers; i++) {
        x = g.conv(x, { outChannels: width + ((i * 37) % 29), kernel: i % 2 === 0 ? 3 : 1 });
      }
    }),
  );

/** The view that a report of these profiles opens with. */
export const viewOf = (
  profiles: readonly Profile[],
  metric = 'flops',
  more: Pick<ReportInput, 'accuracy' | 'measurement' | 'sources'> = {},
): View => firstView(buildReport({ tool: TOOL, profiles, ...more }), metric);
