import { dense, type Device, type Source, verified } from './device.ts';

const CONFIG: Source = {
  source:
    'github.com/nxp-imx/ethos-u-vela at 1538dce, ethosu/config_files/Arm/vela.ini, Ethos_U55_High_End_Embedded',
  retrieved: '2026-11-24',
};
const FEATURES: Source = {
  source: 'github.com/nxp-imx/ethos-u-vela, ethosu/vela/architecture_features.py',
  retrieved: '2026-11-24',
};

export const ethosU55_256: Device = {
  schemaVersion: 1,

  id: 'ethos-u55-256',
  title: 'Arm Ethos-U55, 256 MACs per cycle, 500 MHz',
  kind: 'npu',
  peak: { int8: dense(verified(256 * 2 * 500e6, 'op/s', FEATURES, '256 MACs per cycle, one core, 500 MHz')) },
  memory: [
    { name: 'sram', bandwidth: verified(4e9, 'byte/s', CONFIG, 'weights from flash: 0.5 GB/s') },
    { name: 'shram', capacity: verified(48 * 1024, 'byte', FEATURES, '48 banks of 1 KiB') },
  ],
  clock: verified(500e6, 'Hz', CONFIG),
};
