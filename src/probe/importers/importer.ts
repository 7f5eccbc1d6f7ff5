/** A kernel of a profile that another tool wrote. */
export interface ImportedKernel {
  /** what the tool calls the layers that it does, those of the model first */
  readonly names: readonly string[];
  /** position of its operator in the model, where the tool counts them */
  readonly place?: number;
  /** operator as the tool names it */
  readonly op: string;
  /** microseconds of one run */
  readonly us: number;
}

/** What another tool measured of one network. */
export interface ImportedProfile {
  /** in order of execution */
  readonly kernels: readonly ImportedKernel[];
  /** where they ran, as far as the file says */
  readonly provider: string;
  /** microseconds of whole runs, one by one, where the file has them; or their mean alone */
  readonly runsUs?: readonly number[];
  /** runs that each time is of, where the file says */
  readonly runs?: number;
}

/** A file to import. */
export interface ImportedFile {
  readonly name: string;
  readonly text: string;
}

/** Reads what one tool writes. */
export interface Importer {
  readonly id: string;
  /** the tool, for people */
  readonly title: string;
  /** how to have it write such a file */
  readonly command: string;
  /** whether a text is of this tool */
  readonly recognises: (text: string) => boolean;
  /**
   * @param files the one that is recognised, and what belongs to it
   * @throws TypeError with what is wrong with them
   */
  readonly read: (files: readonly ImportedFile[]) => ImportedProfile;
}

/** A value of parsed JSON as an object. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** The JSON in a text; undefined where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
