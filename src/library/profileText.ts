import type { Profile } from '../analysis/profile.ts';
import { ProfileError, problem } from '../diagnostics.ts';
import { COLUMN_IDS } from '../report/columns.ts';
import { FORMATS, type Format } from '../report/registry.ts';
import { DEFAULT_TOP } from '../report/renderer.ts';
import { TOOL } from '../version.ts';

/** How a profile is printed: the options of `csp-profile analyze`. */
export interface TextOptions {
  /** layers to show, costliest first; `all`: every one, in order. Absent: 12 for people, all of them for machines */
  readonly top?: number | 'all';
  /** id of the metric or column that orders the layers, largest first; absent: FLOPs, or the time on a device */
  readonly sort?: string;
  /** columns by id; absent: what fits, or all of them in CSV */
  readonly columns?: readonly string[];
  /** characters that a `table` may fill; absent: 80 */
  readonly width?: number;
  /** shorten names in a `table` that would not fit the width */
  readonly cut?: boolean;
  /** a `table` with colours of a terminal */
  readonly color?: boolean;
  /** CSV whose cells a spreadsheet might run as formulas stay as they are */
  readonly rawCsv?: boolean;
}

/**
 * A profile as text, as `csp-profile analyze --format` prints it: `markdown`, `json`, `csv`, the `table` of a
 * terminal, or what services that keep a history of numbers read (`bencher`, `benchmark-action`).
 *
 * @throws ProfileError CSP801 for a format or a column that does not exist
 */
export async function renderProfile(
  profile: Profile,
  format: string,
  options: TextOptions = {},
): Promise<string> {
  const extension =
    profile.traffic === undefined
      ? undefined
      : (await import('../report/device/extension.ts')).deviceExtension(profile);
  const columns = [...COLUMN_IDS, ...(extension?.columns.map(({ id }) => id) ?? [])];
  const { sort } = options;
  for (const id of [...(options.columns ?? []), ...(sort === undefined ? [] : [sort])])
    expectOneOf('column', id, columns);
  expectOneOf('format', format, Object.keys(FORMATS));
  const render = await FORMATS[format as Format]();
  return render(profile, {
    width: 80,
    color: false,
    top: format === 'table' || format === 'markdown' ? DEFAULT_TOP : 'all',
    ...options,
    ...(extension === undefined ? {} : { extension }),
    tool: TOOL,
  });
}

function expectOneOf(what: string, id: string, all: readonly string[]): void {
  if (all.includes(id)) return;
  throw new ProfileError(problem('CSP801', `there is no ${what} "${id}"`, `use one of ${all.join(', ')}`));
}
