import { h, select } from '../../report/html/page/dom.ts';
import type { Catalogue } from '../catalogue.ts';
import { DTYPES, without, type Settings } from '../state.ts';
import { checkBox, field, numberBox } from './fields.ts';

/** How everything is counted, and on what it is costed. */
export function settingsForm(
  { devices, flops, cio }: Catalogue,
  given: Settings,
  change: (settings: Settings) => void,
): HTMLElement {
  let settings = given;
  const give = <K extends keyof Settings>(key: K, value: Settings[K] | undefined): void => {
    const others = without(settings, key);
    settings = value === undefined ? others : { ...others, [key]: value };
    change(settings);
  };
  /** A choice whose empty value is the default. */
  const chooser = <K extends keyof Settings>(
    name: string,
    key: K,
    about: string,
    byDefault: string,
    choices: readonly (readonly [value: Settings[K] & string, text: string])[],
  ): HTMLElement => {
    const options = [['', byDefault] as const, ...choices];
    const { label } = select(name, options, String(settings[key] ?? ''), (chosen) =>
      give(key, choices.find(([value]) => value === chosen)?.[0]),
    );
    label.title = about;
    return label;
  };
  const plainly = <T extends string>(ids: readonly T[]) => ids.map((id) => [id, id] as const);
  return h(
    'div',
    { class: 'settings' },
    chooser(
      'Device',
      'device',
      'Hardware to cost the networks on: time, DRAM traffic, energy',
      'none',
      devices.map(({ id, title }) => [id, title]),
    ),
    field(
      'Buffer, KiB',
      numberBox(
        {
          value: settings.bufferBytes === undefined ? undefined : settings.bufferBytes / 1024,
          least: 1,
          placeholder: 'own',
          label: 'On-chip buffer in KiB',
        },
        (size) => give('bufferBytes', size === undefined || size <= 0 ? undefined : Math.round(size * 1024)),
      ),
      'On-chip buffer for DRAM traffic; empty: that of the device',
    ),
    chooser(
      'Fusion',
      'fusion',
      'Layers that exchange maps on chip',
      'none',
      plainly(['pairs', 'stages'] as const),
    ),
    checkBox('Double buffering', settings.doubleBuffering === true, (on) =>
      give('doubleBuffering', on || undefined),
    ),
    checkBox('Halo reuse', settings.haloReuse === true, (on) => give('haloReuse', on || undefined)),
    chooser(
      'FLOPs',
      'flops',
      'The rules by which operations are counted',
      'usual for the format',
      plainly(flops),
    ),
    chooser(
      'CIO',
      'cio',
      'Convolutional input/output: which layers’ elements are counted',
      'cspnet',
      plainly(cio.filter((id) => id !== 'cspnet')),
    ),
    chooser('Element type', 'dtype', 'Of activations and weights', 'the network’s own', plainly(DTYPES)),
    chooser(
      'Rows',
      'group',
      'Layers as the file has them; with the bias, normalisation and activation behind them; or by module',
      'as people draw them',
      [
        ['layer', 'as the file has them'],
        ['fused', 'fused'],
        ['module', 'by module'],
      ],
    ),
  );
}
