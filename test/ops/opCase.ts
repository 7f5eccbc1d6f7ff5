import { type OpAttrs, type OpKind } from '../../src/ops/registry.ts';
import type { ParamRole, Shape, Work } from '../../src/ops/spec.ts';

/** A worked example with an independent source; `cases.test.ts` runs every one. */
export interface OpCase<Attrs> {
  readonly name: string;
  readonly inputs: readonly Shape[];
  /** false: what stands first in the inputs is no batch; inputs of less than three axes have none */
  readonly batch?: false;
  readonly attrs: Attrs;
  readonly outputs: readonly Shape[];
  /** the parameters, in order */
  readonly params?: readonly (readonly [ParamRole, Shape])[];
  readonly work: Work;
  readonly source: string;
}

interface CaseModule {
  readonly cases: readonly OpCase<OpAttrs<OpKind>>[];
}

/** The worked examples of an operator: `cases/<kind>.ts`. */
export async function casesOf(kind: OpKind): Promise<readonly OpCase<OpAttrs<OpKind>>[]> {
  return ((await import(`./cases/${kind}.ts`)) as CaseModule).cases;
}
