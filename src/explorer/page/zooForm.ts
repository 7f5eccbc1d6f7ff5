import type { GivenValues } from '../../../architectures/family.ts';
import type { NumberParameter, Parameter, ParameterValue } from '../../../architectures/parameter.ts';
import { capital } from '../../report/format.ts';
import { h, select } from '../../report/html/page/dom.ts';
import type { CatalogueFamily } from '../catalogue.ts';
import { without } from '../state.ts';
import { numberBox } from './fields.ts';

/** The parameters of a built-in network, as sliders where they have a range that a finger covers. */
export function zooForm(
  family: CatalogueFamily,
  name: string,
  given: GivenValues,
  change: (given: GivenValues) => void,
): HTMLElement {
  const own = family.networks.find((network) => network.name === name)?.values ?? {};
  let values = given;
  const give = (id: string, value: ParameterValue | undefined): void => {
    const others = without(values, id);
    const byDefault = own[id] ?? family.parameters[id]?.default;
    values = value === undefined || value === byDefault ? others : { ...others, [id]: value };
    change(values);
  };
  return h(
    'div',
    { class: 'parameters' },
    ...Object.entries(family.parameters).map(([id, parameter]) =>
      control(id, parameter, values[id] ?? own[id] ?? parameter.default, (value) => give(id, value)),
    ),
  );
}

function control(
  id: string,
  parameter: Parameter,
  value: ParameterValue,
  change: (value: ParameterValue | undefined) => void,
): HTMLElement {
  if (parameter.kind !== 'choice') return slider(id, parameter, value, change);
  const { choices, title } = parameter;
  const { label } = select(
    id,
    choices.map((each) => [String(each), String(each)]),
    String(value),
    (chosen) => change(choices.find((each) => String(each) === chosen)),
  );
  label.title = capital(title);
  return label;
}

/** More steps than this are typed, not dragged. */
const MOST_STEPS = 400;

function slider(
  id: string,
  parameter: NumberParameter,
  value: ParameterValue,
  change: (value: number | undefined) => void,
): HTMLElement {
  const { least, most, step, title, kind } = parameter;
  const current = typeof value === 'number' ? value : Number(typeof value === 'object' ? value[0] : value);
  // An image is dragged in the range that people train at; every other size is typed.
  const top = kind === 'extent' ? Math.min(most, 1024) : most;
  const bottom = kind === 'extent' ? Math.max(step, Math.ceil(least / step) * step) : least;
  const box = numberBox(
    { value: current, least, most, step: kind === 'number' ? step : 1, label: `${id}, ${title}` },
    (typed) => {
      if (typed !== undefined) range.value = String(typed);
      change(typed);
    },
  );
  const range = h('input', {
    type: 'range',
    min: bottom,
    max: top,
    step,
    'aria-label': `${id}, ${title}`,
    input() {
      box.value = range.value;
      change(range.valueAsNumber);
    },
  });
  range.value = String(current);
  const dragged = (top - bottom) / step <= MOST_STEPS;
  return h('div', { class: 'field', title: capital(title) }, h('span', {}, id), dragged && range, box);
}
