import type { ImageExtent, ParameterValues } from './parameter.ts';

/**
 * What the zoo claims of a network.
 * exact: defined by a published file, or every digit printed for it comes out;
 * fitted: built so that the printed digits come out, not claimed to be what its authors had;
 * open: not reproduced, the nearest that was found.
 */
export type Reproduction = 'exact' | 'fitted' | 'open';

/** A column that a publication prints: billions of FLOPs, parameters, convolutional input/output. */
export type PrintedColumn = 'bflops' | 'params' | 'cio';

/** One row of a published table: what was printed for a network, as printed. */
export interface PrintedRow {
  /** `table 3`, `figure 8` of the CSPNet paper, or the document that prints it */
  readonly where: string;
  /** the name that the row has there */
  readonly row: string;
  /** input extent of the row; absent: the network's default */
  readonly input?: number;
  /** input extent that the document states for the row, where it counted at another one */
  readonly statedInput?: number;
  /** the printed text: `7.93` (BFLOPs), `20.50M` (params), `32.6M` (cio) */
  readonly values: Readonly<Partial<Record<PrintedColumn, string>>>;
  /**
   * What its `params` counts: `weights` (the default) without bias and batch normalisation, `trainable` with
   * bias, scale and shift, `params` with the statistics as well (the numbers of a Darknet weights file).
   */
  readonly counts?: 'weights' | 'trainable' | 'params';
  /**
   * Convention that counts its `bflops`: `darknet-2019` (the default), what the paper measured itself, or
   * `standard` where it quotes a publication: twice the MACs.
   */
  readonly flops?: 'darknet-2019' | 'standard';
  /** Why a value does not come out, for each that does not. */
  readonly mismatch?: Readonly<Partial<Record<PrintedColumn, string>>>;
}

/** A network of the zoo: a point of its family that has a name. */
export interface Architecture {
  /** what the command line calls it: lower case, `cspresnext50` */
  readonly name: string;
  /** what people call it: `CSPResNeXt-50` */
  readonly title: string;
  /** default extent of the input, one number for a square one or [h, w] */
  readonly input: ImageExtent;
  /** name of the family that builds it */
  readonly family: string;
  /** what differs from the defaults of the family */
  readonly parameters: ParameterValues;
  /** publication or repository that defines it */
  readonly source: string;
  /** how sure it is that this is the network that was published */
  readonly reproduction: Reproduction;
  /** what is known to differ, how it was fitted, how unique the fit is: mandatory unless exact */
  readonly note?: string;
  /** rows that publications print for it, to compare with; empty where none does */
  readonly printed: readonly PrintedRow[];
}
