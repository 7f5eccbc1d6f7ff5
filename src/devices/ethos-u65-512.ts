import { dense, type Device, type Source, verified } from './device.ts';

const CONFIG: Source = {
  source:
    'github.com/nxp-imx/ethos-u-vela at 1538dce, ethosu/config_files/Arm/vela.ini, Ethos_U65_High_End and Dedicated_Sram',
  retrieved: '2026-11-24',
};
const FEATURES: Source = {
  source: 'github.com/nxp-imx/ethos-u-vela, ethosu/vela/architecture_features.py',
  retrieved: '2026-11-24',
};

export const ethosU65_512: Device = {
  schemaVersion: 1,

  id: 'ethos-u65-512',
  title: 'Arm Ethos-U65, 512 MACs per cycle, 1 GHz',
  kind: 'npu',
  peak: { int8: dense(verified(512 * 2 * 1e9, 'op/s', FEATURES, 'two cores of 256 MACs per cycle, 1 GHz')) },
  memory: [
    { name: 'dram', bandwidth: verified(3.75e9, 'byte/s', CONFIG, '12 GB/s as Ethos_U65_Client_Server') },
    {
      name: 'sram',
      capacity: verified(384 * 1024, 'byte', CONFIG),
      bandwidth: verified(16e9, 'byte/s', CONFIG),
    },
    {
      name: 'shram',
      capacity: verified(48 * 1024, 'byte', FEATURES, 'each of two cores, 48 banks of 1 KiB'),
    },
  ],
  clock: verified(1e9, 'Hz', CONFIG),
};
