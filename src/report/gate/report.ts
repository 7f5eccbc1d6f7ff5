import type { GateResult } from '../../analysis/gate/result.ts';

/** Everything that one run of the gate found. */
export interface GateReport {
  /** the configuration, as messages name it */
  readonly config: string;
  readonly results: readonly GateResult[];
}

export interface GateRenderOptions {
  readonly width: number;
  /** shorten what would not fit the width: only where a terminal would break lines */
  readonly cut?: boolean;
  readonly color: boolean;
  readonly tool: { readonly name: string; readonly version: string };
  /** the repository's name of a file that an origin names, for tools that show files: `models/net.cfg` */
  readonly inRepository: (file: string) => string;
  /** as much as what shows it takes; absent: any size */
  readonly mostBytes?: number;
}

/** The outcome of the gate as text. A new format is one file and its name in registry.ts. */
export type GateRenderer = (report: GateReport, options: GateRenderOptions) => string;
