import { excerpt, problem, ProfileError, type Diagnostic } from '../diagnostics.ts';
import { DTYPES } from '../ops/dtype.ts';
import type { Device, FigureUnit } from './device.ts';
import { ENERGY_TABLES, type EnergyTable } from './energyTable.ts';
import { parseJson } from '../json.ts';

/**
 * The device that a user's file describes.
 *
 * @throws ProfileError CSP511 with one line for each thing that is wrong, by its path in the file
 */
export function readDevice(text: string, file: string): Device {
  const value = parsed(text, file);
  const check = new Check(file);
  device(check, value);
  if (passed<Device>(check, value)) return value;
  throw failure(check);
}

/**
 * The energy table that a user's file describes.
 *
 * @throws ProfileError CSP511 with one line for each thing that is wrong, by its path in the file
 */
export function readEnergyTable(text: string, file: string): EnergyTable {
  const value = parsed(text, file);
  const check = new Check(file);
  energyTable(check, '', value);
  if (passed<EnergyTable>(check, value)) return value;
  throw failure(check);
}

/** Whether a value that was checked is of the type that it was checked for. */
const passed = <T>(check: Check, value: unknown): value is T =>
  check.problems.length === 0 && value !== undefined;

function failure({ problems, file }: Check): ProfileError {
  const [first, ...others] = problems;
  return first === undefined
    ? new ProfileError(
        problem('CSP511', 'the file holds nothing', 'write a JSON object', { format: 'json', file }),
      )
    : new ProfileError(first, ...others);
}

function parsed(text: string, file: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProfileError(
      problem('CSP511', `is not JSON: ${excerpt(reason, 120)}`, 'mend the syntax', { format: 'json', file }),
    );
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Collects what is wrong in a file, with the path of each place. */
class Check {
  readonly problems: Diagnostic[] = [];
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  fail(path: string, message: string, fix: string): void {
    const origin = { format: 'json', file: this.file, ...(path === '' ? {} : { path }) } as const;
    this.problems.push(problem('CSP511', message, fix, origin));
  }

  /** The value as an object with no fields but these; the required ones present. */
  object(
    path: string,
    value: unknown,
    required: readonly string[],
    optional: readonly string[],
  ): Fields | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fail(path, `is ${describe(value)}, not an object`, `write an object with ${required.join(', ')}`);
      return undefined;
    }
    const fields: Fields = { ...value };
    for (const name of required) {
      if (fields[name] === undefined) this.fail(path, `has no "${name}"`, `add "${name}"`);
    }
    for (const name of Object.keys(fields)) {
      if (required.includes(name) || optional.includes(name)) continue;
      this.fail(
        join(path, excerpt(name)),
        'is no field of this object',
        `remove it, or use one of ${[...required, ...optional].join(', ')}`,
      );
    }
    return fields;
  }

  /** The fields of an object whose names are free; none where it is absent. */
  table(path: string, value: unknown): Fields {
    if (value === undefined) return {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    this.fail(path, `is ${describe(value)}, not an object`, 'write an object');
    return {};
  }

  /** An optional value; required ones that are absent were reported by `object`. */
  text(path: string, value: unknown, pattern?: RegExp, example?: string): void {
    if (value === undefined) return;
    if (typeof value !== 'string' || value.trim() === '') {
      this.fail(
        path,
        `is ${describe(value)}, not a text`,
        `write a text${example === undefined ? '' : ` such as "${example}"`}`,
      );
    } else if (pattern !== undefined && !pattern.test(value)) {
      this.fail(path, `is ${describe(value)}`, `write it like "${example ?? ''}"`);
    }
  }

  oneOf(path: string, value: unknown, allowed: readonly (string | number | boolean)[]): void {
    if (value === undefined || allowed.some((each) => each === value)) return;
    this.fail(
      path,
      `is ${describe(value)}`,
      `use ${allowed.map((each) => JSON.stringify(each)).join(' or ')}`,
    );
  }

  positive(path: string, value: unknown): void {
    if (value === undefined) return;
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      this.fail(
        path,
        `is ${describe(value)}, not a positive number`,
        'write a positive number in the stated unit',
      );
    }
  }

  /** A number of at least zero and, where `most` is given, not above it. */
  amount(path: string, value: unknown): void {
    if (value === undefined) return;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      this.fail(path, `is ${describe(value)}, not a number of at least 0`, 'write a number of at least 0');
    }
  }
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const describe = (value: unknown): string =>
  value === undefined ? 'absent' : excerpt(JSON.stringify(value));

function device(check: Check, value: unknown): void {
  const fields = check.object(
    '',
    value,
    ['schemaVersion', 'id', 'title', 'kind', 'peak', 'memory'],
    ['$schema', 'clock', 'processors', 'array', 'overhead', 'power', 'staticPower', 'energy', 'calibration'],
  );
  if (fields === undefined) return;
  check.oneOf('schemaVersion', fields['schemaVersion'], [1]);
  check.text('id', fields['id'], /^[a-z0-9]+(-[a-z0-9]+)*$/, 'my-asic-2');
  check.text('title', fields['title']);
  check.oneOf('kind', fields['kind'], ['cpu', 'gpu', 'npu']);
  if (fields['peak'] !== undefined) peak(check, fields['peak'], isMeasured(fields['calibration']));
  if (fields['memory'] !== undefined) memory(check, fields['memory']);
  figure(check, 'clock', fields['clock'], 'Hz');
  figure(check, 'processors', fields['processors'], '1');
  if (fields['array'] !== undefined) {
    const array = check.object('array', fields['array'], ['rows', 'columns', 'dataflow'], []);
    figure(check, 'array.rows', array?.['rows'], '1', 'whole');
    figure(check, 'array.columns', array?.['columns'], '1', 'whole');
    check.oneOf('array.dataflow', array?.['dataflow'], ['os', 'ws', 'is', 'rs']);
  }
  if (fields['overhead'] !== undefined) {
    const overhead = check.object('overhead', fields['overhead'], [], ['perLayer', 'perInference']);
    figure(check, 'overhead.perLayer', overhead?.['perLayer'], 's');
    figure(check, 'overhead.perInference', overhead?.['perInference'], 's');
  }
  figure(check, 'power', fields['power'], 'W');
  figure(check, 'staticPower', fields['staticPower'], 'W');
  const { energy } = fields;
  if (typeof energy === 'string') {
    check.oneOf(
      'energy',
      energy,
      ENERGY_TABLES.map((table) => table.id),
    );
  } else if (energy !== undefined) {
    energyTable(check, 'energy', energy);
  }
  if (fields['calibration'] !== undefined) calibration(check, fields['calibration']);
}

/** A device that is known by measured networks need state no peak. */
const isMeasured = (calibration: unknown): boolean =>
  typeof calibration === 'object' &&
  calibration !== null &&
  'kind' in calibration &&
  calibration.kind === 'terms';

function peak(check: Check, value: unknown, measured: boolean): void {
  const entries = check.object('peak', value, [], DTYPES);
  if (entries === undefined) return;
  if (Object.keys(entries).length === 0 && !measured) {
    check.fail('peak', 'states no element type', 'add the peak of at least one, such as "float32" or "int8"');
  }
  for (const [dtype, entry] of Object.entries(entries))
    figure(check, `peak.${excerpt(dtype)}`, entry, 'op/s', 'dense');
}

function memory(check: Check, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) {
    check.fail(
      'memory',
      `is ${describe(value)}`,
      'list the memory levels, main memory first and then inwards',
    );
    return;
  }
  value.forEach((entry: unknown, i) => {
    const path = `memory[${String(i)}]`;
    const level = check.object(path, entry, ['name'], ['capacity', 'bandwidth']);
    check.text(`${path}.name`, level?.['name']);
    figure(check, `${path}.capacity`, level?.['capacity'], 'byte');
    figure(check, `${path}.bandwidth`, level?.['bandwidth'], 'byte/s');
  });
}

/** A figure with its source: `dense` for peaks, `whole` for counts. */
function figure(
  check: Check,
  path: string,
  value: unknown,
  unit: FigureUnit,
  demand?: 'dense' | 'whole',
): void {
  if (value === undefined) return;
  const fields = check.object(
    path,
    value,
    demand === 'dense' ? ['value', 'unit', 'status', 'dense'] : ['value', 'unit', 'status'],
    ['source', 'retrieved', 'note'],
  );
  if (fields === undefined) return;
  check.positive(`${path}.value`, fields['value']);
  if (demand === 'whole' && typeof fields['value'] === 'number' && !Number.isInteger(fields['value'])) {
    check.fail(`${path}.value`, `is ${describe(fields['value'])}`, 'write a whole number');
  }
  check.oneOf(`${path}.unit`, fields['unit'], [unit]);
  check.oneOf(`${path}.status`, fields['status'], ['verified', 'unverified']);
  check.text(`${path}.source`, fields['source']);
  check.text(`${path}.retrieved`, fields['retrieved'], /^\d{4}-\d\d-\d\d$/, '2026-01-31');
  check.text(`${path}.note`, fields['note']);
  if (demand === 'dense') check.oneOf(`${path}.dense`, fields['dense'], [true]);
  const needed = fields['status'] === 'verified' ? ['source', 'retrieved'] : ['note'];
  for (const name of needed) {
    if (fields['status'] === undefined || fields[name] !== undefined) continue;
    check.fail(
      path,
      `is ${describe(fields['status'])} without "${name}"`,
      name === 'note'
        ? 'say in "note" what it rests on'
        : 'name the source and the day on which it was read, or say "unverified"',
    );
  }
}

function energyTable(check: Check, path: string, value: unknown): void {
  const fields = check.object(
    path,
    value,
    ['id', 'title', 'unit', 'source', 'mac', 'onChip', 'dramPerBit'],
    ['$schema', 'registers'],
  );
  if (fields === undefined) return;
  for (const name of ['id', 'title', 'source']) check.text(join(path, name), fields[name]);
  check.oneOf(join(path, 'unit'), fields['unit'], ['pJ', 'MAC']);
  check.positive(join(path, 'dramPerBit'), fields['dramPerBit']);
  if (fields['mac'] !== undefined) {
    const mac = check.object(join(path, 'mac'), fields['mac'], [], DTYPES);
    for (const [dtype, energy] of Object.entries(mac ?? {}))
      check.positive(join(path, `mac.${excerpt(dtype)}`), energy);
  }
  if (fields['registers'] !== undefined) {
    const place = join(path, 'registers');
    const registers = check.object(
      place,
      fields['registers'],
      ['perAccess', 'accessBits', 'accessesPerMac'],
      [],
    );
    for (const [name, number] of Object.entries(registers ?? {}))
      check.positive(`${place}.${excerpt(name)}`, number);
  }
  if (fields['onChip'] !== undefined) {
    const place = join(path, 'onChip');
    const onChip = check.object(place, fields['onChip'], ['accessBits', 'points'], []);
    check.positive(`${place}.accessBits`, onChip?.['accessBits']);
    if (onChip?.['points'] !== undefined) points(check, `${place}.points`, onChip['points']);
  }
}

function points(check: Check, path: string, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0) {
    check.fail(path, `is ${describe(value)}`, 'list pairs [capacity in bytes, energy of one access]');
    return;
  }
  let previous = 0;
  value.forEach((entry: unknown, i) => {
    const place = `${path}[${String(i)}]`;
    if (!Array.isArray(entry) || entry.length !== 2) {
      check.fail(place, `is ${describe(entry)}`, 'write a pair [capacity in bytes, energy of one access]');
      return;
    }
    const pair: readonly unknown[] = entry;
    const [bytes, energy] = pair;
    check.positive(`${place}[0]`, bytes);
    check.positive(`${place}[1]`, energy);
    if (typeof bytes !== 'number') return;
    if (bytes <= previous)
      check.fail(`${place}[0]`, `is ${describe(bytes)}`, 'list the capacities in ascending order');
    previous = bytes;
  });
}

function calibration(check: Check, value: unknown): void {
  const path = 'calibration';
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  const ofKernels = kind === 'kernels';
  const ofTerms = kind === 'terms';
  const fields = check.object(
    path,
    value,
    [
      'kind',
      'dtype',
      'fittedOn',
      'samples',
      'error',
      'source',
      ...(ofKernels
        ? ['runtime', 'classes', 'cacheBytes', 'scale', 'secondsPerRun']
        : ofTerms
          ? ['runtime', 'secondsPer', 'leftOut', 'range', 'networks']
          : ['secondsPer']),
    ],
    ofKernels || ofTerms ? [] : ['networks'],
  );
  if (fields === undefined) return;
  check.oneOf(`${path}.kind`, fields['kind'], ['features', 'kernels', 'terms']);
  check.oneOf(`${path}.dtype`, fields['dtype'], DTYPES);
  check.text(`${path}.fittedOn`, fields['fittedOn']);
  check.text(`${path}.source`, fields['source']);
  check.positive(`${path}.samples`, fields['samples']);
  if (fields['error'] !== undefined) {
    const place = `${path}.error`;
    const error = check.object(place, fields['error'], ['fit', 'leaveOneOut', 'unseen', 'note'], []);
    for (const name of ['fit', 'leaveOneOut', 'unseen']) check.amount(`${place}.${name}`, error?.[name]);
    check.text(`${place}.note`, error?.['note']);
  }
  if (ofKernels) kernels(check, path, fields);
  else if (ofTerms) terms(check, path, fields);
  else features(check, path, fields);
}

function features(check: Check, path: string, fields: Fields): void {
  if (fields['networks'] !== undefined) networks(check, `${path}.networks`, fields['networks']);
  if (fields['secondsPer'] === undefined) return;
  const place = `${path}.secondsPer`;
  const terms = check.object(
    place,
    fields['secondsPer'],
    [],
    ['flops', 'bytes', 'reductionDepth', 'boxes', 'inference'],
  );
  for (const [name, seconds] of Object.entries(terms ?? {}))
    check.amount(`${place}.${excerpt(name)}`, seconds);
}

function terms(check: Check, path: string, fields: Fields): void {
  const amounts = (place: string, value: unknown): void => {
    for (const [name, amount] of Object.entries(check.table(place, value)))
      check.amount(`${place}.${excerpt(name)}`, amount);
  };
  amounts(`${path}.secondsPer`, fields['secondsPer']);
  const runtime = check.object(
    `${path}.runtime`,
    fields['runtime'],
    ['name', 'backend', 'precision'],
    ['version', 'date', 'chip', 'threads'],
  );
  check.text(`${path}.runtime.name`, runtime?.['name']);
  check.oneOf(`${path}.runtime.backend`, runtime?.['backend'], ['cpu', 'vulkan', 'npu', 'gpu']);
  check.text(`${path}.runtime.precision`, runtime?.['precision']);
  for (const name of ['version', 'date', 'chip'])
    if (runtime?.[name] !== undefined) check.text(`${path}.runtime.${name}`, runtime[name]);
  if (runtime?.['threads'] !== undefined) check.positive(`${path}.runtime.threads`, runtime['threads']);
  const leftOut = check.object(`${path}.leftOut`, fields['leftOut'], ['median', 'p90', 'factor'], []);
  for (const name of ['median', 'p90']) check.amount(`${path}.leftOut.${name}`, leftOut?.[name]);
  check.positive(`${path}.leftOut.factor`, leftOut?.['factor']);
  const range = check.object(`${path}.range`, fields['range'], ['most', 'operators'], []);
  if (range !== undefined) amounts(`${path}.range.most`, range['most']);
  listed(check, `${path}.range.operators`, range?.['operators'], (place, entry) => {
    check.text(place, entry);
  });
  listed(check, `${path}.networks`, fields['networks'], (place, entry) => {
    const sample = check.object(place, entry, ['network', 'milliseconds', 'predicted'], ['leftOut']);
    check.text(`${place}.network`, sample?.['network']);
    check.positive(`${place}.milliseconds`, sample?.['milliseconds']);
    check.amount(`${place}.predicted`, sample?.['predicted']);
    if (sample?.['leftOut'] !== undefined) check.text(`${place}.leftOut`, sample['leftOut']);
  });
}

/** Checks every entry of a list. */
function listed(
  check: Check,
  path: string,
  value: unknown,
  entryOf: (place: string, entry: unknown) => void,
): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) {
    check.fail(path, `is ${describe(value)}`, 'write a list');
    return;
  }
  value.forEach((entry: unknown, i) => {
    entryOf(`${path}[${String(i)}]`, entry);
  });
}

function kernels(check: Check, path: string, fields: Fields): void {
  check.positive(`${path}.cacheBytes`, fields['cacheBytes']);
  check.positive(`${path}.scale`, fields['scale']);
  check.amount(`${path}.secondsPerRun`, fields['secondsPerRun']);
  if (fields['runtime'] !== undefined) {
    const place = `${path}.runtime`;
    const named = ['onnxruntime', 'device', 'level'];
    const runtime = check.object(place, fields['runtime'], [...named, 'threads'], []);
    for (const name of named) check.text(`${place}.${name}`, runtime?.[name]);
    check.positive(`${place}.threads`, runtime?.['threads']);
  }
  for (const [name, value] of Object.entries(check.table(`${path}.classes`, fields['classes']))) {
    const place = `${path}.classes.${excerpt(name)}`;
    const own = check.object(place, value, ['secondsPer', 'samples', 'error'], []);
    check.positive(`${place}.samples`, own?.['samples']);
    check.amount(`${place}.error`, own?.['error']);
    for (const [amount, seconds] of Object.entries(check.table(`${place}.secondsPer`, own?.['secondsPer'])))
      check.amount(`${place}.secondsPer.${excerpt(amount)}`, seconds);
  }
}

function networks(check: Check, path: string, value: unknown): void {
  if (!Array.isArray(value)) {
    check.fail(path, `is ${describe(value)}`, 'list the networks that were measured');
    return;
  }
  value.forEach((entry: unknown, i) => {
    const place = `${path}[${String(i)}]`;
    const fields = check.object(place, entry, ['network', 'input', 'group', 'framesPerSecond'], []);
    check.text(`${place}.network`, fields?.['network']);
    check.text(`${place}.group`, fields?.['group']);
    check.positive(`${place}.input`, fields?.['input']);
    check.positive(`${place}.framesPerSecond`, fields?.['framesPerSecond']);
  });
}
