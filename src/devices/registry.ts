import { closest } from '../closest.ts';
import { excerpt, problem, ProfileError } from '../diagnostics.ts';
import { a100Sxm80gb } from './a100-sxm-80gb.ts';
import { agxOrin64gbDla } from './agx-orin-64gb-dla.ts';
import { agxOrin64gb } from './agx-orin-64gb.ts';
import { appleM4Ane } from './apple-m4-ane.ts';
import { appleM4 } from './apple-m4.ts';
import { coralEdgetpu } from './coral-edgetpu.ts';
import type { Device } from './device.ts';
import { ethosU55_256 } from './ethos-u55-256.ts';
import { ethosU65_512 } from './ethos-u65-512.ts';
import { eyeriss } from './eyeriss.ts';
import { gtx1080ti } from './gtx1080ti.ts';
import { h100Pcie } from './h100-pcie.ts';
import { h100Sxm } from './h100-sxm.ts';
import { h200 } from './h200.ts';
import { i9_9900k } from './i9-9900k.ts';
import { jetsonNano } from './jetson-nano.ts';
import { jetsonTx2 } from './jetson-tx2.ts';
import { orinNano8gbSuper } from './orin-nano-8gb-super.ts';
import { rpi5 } from './rpi5.ts';
import { rtx2080ti } from './rtx2080ti.ts';
import { rtx4090 } from './rtx4090.ts';
import { sd8gen3Hexagon } from './sd8gen3-hexagon.ts';
import { t4 } from './t4.ts';
import { tpuV1 } from './tpu-v1.ts';
import { v100Pcie } from './v100-pcie.ts';

/** The devices that ship: those of the paper first, then by kind. A new device is one file and its name here. */
export const DEVICES: readonly Device[] = [
  gtx1080ti,
  jetsonTx2,
  i9_9900k,
  rtx2080ti,
  rtx4090,
  t4,
  v100Pcie,
  a100Sxm80gb,
  h100Pcie,
  h100Sxm,
  h200,
  jetsonNano,
  orinNano8gbSuper,
  agxOrin64gb,
  agxOrin64gbDla,
  appleM4,
  appleM4Ane,
  rpi5,
  sd8gen3Hexagon,
  coralEdgetpu,
  ethosU55_256,
  ethosU65_512,
  eyeriss,
  tpuV1,
];

/**
 * The device that ships under this id.
 *
 * @param others ids that are no device here, for the message
 * @throws ProfileError CSP510 if no device has this id
 */
export function deviceById(id: string, others: readonly string[] = []): Device {
  const found = DEVICES.find((device) => device.id === id);
  if (found !== undefined) return found;
  const ids = DEVICES.map((device) => device.id);
  const similar = closest(id, [...ids, ...others]);
  throw new ProfileError(
    problem(
      'CSP510',
      `there is no device "${excerpt(id)}"`,
      similar.length === 0
        ? others.length === 0
          ? `use one of ${ids.join(', ')}, or the path of a device file that ends in .json`
          : 'csp-profile devices lists them; a device file of your own ends in .json'
        : `did you mean ${similar.join(' or ')}? a device file of your own ends in .json`,
    ),
  );
}
