import { expect, it } from 'vitest';
import { loadFamily } from '../../architectures/load.ts';
import { families, findFamily, zoo } from '../../architectures/zoo.ts';

it('every network and every family is found in the one file that has it', async () => {
  for (const { name } of [...zoo(), ...families()])
    expect(await loadFamily(name), name).toEqual(findFamily(name));
});

it('a name that nothing has is refused with the closest ones', async () => {
  await expect(loadFamily('cspresnet500')).rejects.toThrow(/did you mean cspresnet50 .*CSP801/);
});
