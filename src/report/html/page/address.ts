import type { Store } from './store.ts';

/**
 * Keeps what is looked at in the address, behind `#`, so that a link to a report leads to what somebody saw: metric,
 * order, sort, filter and selection. What is as the report opens is left out.
 */
export function followAddress(store: Store): void {
  const opened = store.view;
  read(store);
  const write = (): void => {
    const { view, sort, filter, selected } = store;
    // What others keep there stays.
    const state = addressed();
    const put = (name: string, value: string, byDefault = ''): void => {
      state.delete(name);
      if (value !== byDefault) state.set(name, value);
    };
    put('metric', view.metric.id, opened.metric.id);
    put('baseline', String(view.baseline), String(opened.baseline));
    put('order', view.order, opened.order);
    put('free', view.free ? '' : 'no');
    put('sort', `${sort.descending ? '-' : ''}${sort.column}`, 'index');
    for (const name of ['text', 'network', 'stage', 'kind'] as const) put(name, filter[name]);
    put('layer', selected === undefined ? '' : String(selected));
    history.replaceState(null, '', `#${state.toString()}`);
  };
  store.on(['view', 'sort', 'filter', 'selected'], write);
}

const addressed = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));

/** Takes what the address says, as far as the report has it. */
function read(store: Store): void {
  const state = addressed();
  const metric = store.report.metrics.find(({ id }) => id === state.get('metric'));
  const baseline = Number(state.get('baseline'));
  const known = Number.isInteger(baseline) && baseline > 0 && baseline < store.report.networks.length;
  store.look({
    ...(metric === undefined ? {} : { metric }),
    ...(known ? { baseline, compared: 0 } : {}),
    ...(state.get('order') === 'cost' ? { order: 'cost' } : {}),
    ...(state.get('free') === 'no' ? { free: false } : {}),
  });
  const [, minus = '', column = ''] = /^(-?)(\w+)$/.exec(state.get('sort') ?? '') ?? [];
  if (column !== '') store.sortBy({ column, descending: minus !== '' });
  const given = (name: 'network' | 'stage' | 'kind'): string => {
    const value = state.get(name) ?? '';
    return store.layers.some((layer) => layer[name] === value) ? value : '';
  };
  const filter = {
    text: state.get('text') ?? '',
    network: given('network'),
    stage: given('stage'),
    kind: given('kind'),
  };
  if (Object.values(filter).some((each) => each !== '')) store.narrow(filter);
  const layer = Number(state.get('layer') ?? 'none');
  if (store.layers[layer] !== undefined) store.select(layer);
}
