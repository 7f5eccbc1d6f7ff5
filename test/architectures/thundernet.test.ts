import { describe, it } from 'vitest';
import { expectTorch } from './torch.ts';

describe('ThunderNet', () => {
  it.each(['thundernet-snet49', 'thundernet-snet146', 'thundernet-snet535'])(
    '%s is its published definition, layer by layer',
    (name) => {
      expectTorch(name, name);
    },
  );
});
