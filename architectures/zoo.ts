import { closest } from '../src/closest.ts';
import { ProfileError, problem } from '../src/diagnostics.ts';
import type { Graph } from '../src/graph/graph.ts';
import { graph } from '../src/graph/network.ts';
import type { Architecture } from './architecture.ts';
import { CENTERNET } from './centernet.ts';
import { DARKNET } from './darknet.ts';
import { DENSENET } from './densenet.ts';
import { EFFICIENTNET } from './efficientnet.ts';
import { HARDNET } from './hardnet.ts';
import { LRF } from './lrf.ts';
import { M2DET } from './m2det.ts';
import { MOBILENET } from './mobilenet.ts';
import { PELEE_DETECTORS } from './peleeDetectors.ts';
import { PELEENET } from './pelee.ts';
import { PFPNET } from './pfpnet.ts';
import { REFINEDET } from './refinedet.ts';
import { RES2NET } from './res2net.ts';
import { REFERENCE } from './reference.ts';
import { RESNET } from './resnet.ts';
import { RFBNET } from './rfbnet.ts';
import { SNET } from './snet.ts';
import { SSD } from './ssd.ts';
import { THUNDERNET } from './thundernet.ts';
import { TTFNET } from './ttfnet.ts';
import { VGG } from './vgg.ts';
import { YOLO } from './yolo.ts';

/** Every family: one file, one name here. */
const FAMILIES: readonly (readonly Architecture[])[] = [
  RESNET,
  DARKNET,
  MOBILENET,
  EFFICIENTNET,
  YOLO,
  PELEENET,
  PELEE_DETECTORS,
  REFERENCE,
  DENSENET,
  HARDNET,
  RES2NET,
  VGG,
  SSD,
  RFBNET,
  REFINEDET,
  M2DET,
  PFPNET,
  LRF,
  CENTERNET,
  TTFNET,
  SNET,
  THUNDERNET,
];

/** The input that a network of the zoo is built for. */
export interface NetworkInput {
  /** extent of the image: one number for a square one, or [h, w]; absent: the network's own */
  readonly input?: number | readonly [number, number];
  /** images at once; absent: 1 */
  readonly batch?: number;
}

/** Every network of the zoo, in the order of the families. */
export const zoo = (): readonly Architecture[] => FAMILIES.flat();

/**
 * The network of this name.
 *
 * @throws ProfileError CSP801 for a name that the zoo does not have, with the closest ones
 */
export function findNetwork(name: string): Architecture {
  for (const family of FAMILIES) {
    for (const architecture of family) if (architecture.name === name) return architecture;
  }
  const similar = closest(
    name,
    zoo().map((architecture) => architecture.name),
  );
  throw new ProfileError(
    problem(
      'CSP801',
      `there is no network "${name}"`,
      similar.length === 0
        ? 'see `csp-profile list`'
        : `did you mean ${similar.join(' or ')}? see \`csp-profile list\``,
    ),
  );
}

/**
 * The graph of a network of the zoo.
 *
 * @throws ProfileError CSP801 for an unknown name, CSP802 for an extent or a batch that is no whole number of at
 * least 1, CSP2xx for an extent that does not fit the network
 */
export function buildNetwork(name: string, options: NetworkInput = {}): Graph {
  const { layers, input, activation = 'relu' } = findNetwork(name);
  const extent = options.input ?? input;
  const [height, width] = typeof extent === 'number' ? [extent, extent] : extent;
  const { batch = 1 } = options;
  for (const [what, value] of Object.entries({ batch, height, width })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    const fix = 'use a whole number of at least 1';
    throw new ProfileError(
      problem('CSP802', `the ${what} is ${String(value)}`, fix, { format: 'zoo', architecture: name }),
    );
  }
  return graph(name, (g) => layers(g, g.input([batch, 3, height, width])), { activation });
}
