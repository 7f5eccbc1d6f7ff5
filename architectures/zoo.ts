import { closest } from '../src/closest.ts';
import { ProfileError, problem } from '../src/diagnostics.ts';
import type { Graph } from '../src/graph/graph.ts';
import type { Architecture } from './architecture.ts';
import { type Family, familyIn, type Found, type GivenValues } from './family.ts';
import type { ImageExtent } from './parameter.ts';
import { CENTERNET } from './centernet.ts';
import { DARKNET } from './darknet.ts';
import { DENSENET } from './densenet.ts';
import { EFFICIENTNET } from './efficientnet.ts';
import { HARDNET } from './hardnet.ts';
import { LRF } from './lrf.ts';
import { M2DET } from './m2det.ts';
import { MOBILENET } from './mobilenet.ts';
import { PELEE_DETECTORS } from './peleeDetectors.ts';
import { PELEE } from './pelee.ts';
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

/** Every family: one name here for the file that holds it. `npm run generate` makes the light index of it. */
export const FILES = {
  resnet: RESNET,
  darknet: DARKNET,
  mobilenet: MOBILENET,
  efficientnet: EFFICIENTNET,
  yolo: YOLO,
  pelee: PELEE,
  peleeDetectors: PELEE_DETECTORS,
  reference: REFERENCE,
  densenet: DENSENET,
  hardnet: HARDNET,
  res2net: RES2NET,
  vgg: VGG,
  ssd: SSD,
  rfbnet: RFBNET,
  refinedet: REFINEDET,
  m2det: M2DET,
  pfpnet: PFPNET,
  lrf: LRF,
  centernet: CENTERNET,
  ttfnet: TTFNET,
  snet: SNET,
  thundernet: THUNDERNET,
} as const satisfies Readonly<Record<string, readonly Family[]>>;

const FAMILIES: readonly Family[] = Object.values(FILES).flat();

/** The input that a network of the zoo is built for. */
export interface NetworkInput {
  /** extent of the image: one number for a square one, or [h, w]; absent: the network's own */
  readonly input?: ImageExtent;
  /** images at once; absent: 1 */
  readonly batch?: number;
}

/** Every family of networks. */
export const families = (): readonly Family[] => FAMILIES;

/** Every network of the zoo that has a name, in the order of the families. */
export const zoo = (): readonly Architecture[] => FAMILIES.flatMap(({ networks }) => networks);

/**
 * The network of this name.
 *
 * @throws ProfileError CSP801 for a name that the zoo does not have, with the closest ones
 */
export function findNetwork(name: string): Architecture {
  const { network } = findFamily(name);
  if (network === undefined)
    throw unknown(
      name,
      zoo().map((each) => each.name),
    );
  return network;
}

/**
 * The family of this name, or that of the network of this name: the network then stands for its point.
 *
 * @throws ProfileError CSP801 for a name that is neither, with the closest ones
 */
export function findFamily(name: string): Found {
  const found = familyIn(FAMILIES, name);
  if (found !== undefined) return found;
  throw unknown(
    name,
    [...zoo(), ...FAMILIES].map((each) => each.name),
  );
}

function unknown(name: string, names: readonly string[]): ProfileError {
  const similar = closest(name, [...new Set(names)]);
  const fix = similar.length === 0 ? '' : `did you mean ${similar.join(' or ')}? `;
  return new ProfileError(
    problem('CSP801', `there is no network "${name}"`, `${fix}see \`csp-profile list\``),
  );
}

/**
 * The graph of a network of the zoo.
 *
 * @throws ProfileError CSP801 for an unknown name, CSP802 for an extent or a batch that is out of range, CSP2xx for
 * an extent that does not fit the network
 */
export const buildNetwork = (name: string, options: NetworkInput = {}): Graph =>
  buildFamily(findNetwork(name).name, { ...options });

/**
 * The graph of any point of a family, named by what differs from its defaults.
 *
 * @param name of a family, or of a network: what is not given is as that network has it
 * @param parameters values by id, `input` (pixels) and `batch` (images) among them
 * @example buildFamily('csppeleenet', { gamma: 0.25, fusion: 'last', input: [224, 320] })
 * @throws ProfileError CSP801 for an unknown name or parameter, CSP802 for a value out of its range, CSP2xx for an
 * extent that does not fit the network
 */
export function buildFamily(name: string, parameters: GivenValues = {}): Graph {
  const { family, network } = findFamily(name);
  return family.build(parameters, network);
}
