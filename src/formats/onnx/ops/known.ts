import type { Operator, Operators } from '../operator.ts';

/** An operator that is in the list, for another one that is made of it. */
export function known(operators: Operators, name: string): Operator {
  const operator = operators[name];
  if (operator === undefined) throw new RangeError(`no operator ${name}`);
  return operator;
}
