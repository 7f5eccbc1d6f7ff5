import { DEVICE_COLUMNS, deviceSections } from '../../src/cli/commands/devices.ts';
import { DEVICES } from '../../src/devices/registry.ts';
import { renderDocument } from '../../src/report/document.ts';
import { renderGrid } from '../../src/report/grid.ts';
import type { Generator } from './generate.ts';
import { page } from './reference.ts';

const devices = (): string =>
  page(
    'Devices',
    'Hardware that networks are costed on. A question mark: no source that deserves trust was read for the figure.',
    renderGrid('markdown', DEVICE_COLUMNS, DEVICES, 0).trimEnd(),
    ...DEVICES.map((device) => renderDocument('markdown', deviceSections(device), 0).trimEnd()),
  );

/** Every figure of every device, with its source. */
export const deviceReference: Generator = () => new Map([['reports/reference/devices.md', devices()]]);
