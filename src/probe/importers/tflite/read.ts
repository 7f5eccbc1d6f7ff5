import type { ImportedKernel, Importer } from '../importer.ts';

/**
 * What TensorFlow Lite's benchmark_model prints, or writes as CSV, with `--enable_op_profiling=true`: a table of
 * operators in run order, each with its mean, the tensors that it makes and its place in the model.
 *
 * @source tensorflow/tensorflow, core/util/stats_calculator.cc (GetShortSummary, HeaderString, ColumnString) and
 *   lite/profiling/profile_summarizer.cc
 */
export const TFLITE: Importer = {
  id: 'tflite',
  title: 'TensorFlow Lite benchmark_model',
  command: 'benchmark_model --graph=MODEL --enable_op_profiling=true',
  recognises: (text) => PRINTED.test(text) || WRITTEN.test(text),
  read([file]) {
    const lines = (file?.text ?? '').split(/\r?\n/);
    const kernels = runOrder(lines);
    if (kernels.length === 0) throw new TypeError('has no operators in run order');
    const mean = lines
      .map((line) => /Inference \(avg\): ([\d.e+]+)/.exec(line)?.[1])
      .find((each) => each !== undefined);
    return {
      kernels,
      provider: 'TensorFlow Lite',
      ...(mean === undefined ? {} : { runsUs: [Number(mean)] }),
    };
  },
};

const PRINTED = /\[node type\].*\[avg ms\].*\[Name\]/;
const WRITTEN = /node type, (?:start, )?first, avg[_ ]ms, %, cdf%, mem KB, times called, name/;
/** What the interpreter does itself. */
const OWN_WORK = /^(ModifyGraphWithDelegate|AllocateTensors|Misc Runtime Ops)$/;

/** The rows of the last table in run order: the first is of the initialisation. */
function runOrder(lines: readonly string[]): readonly ImportedKernel[] {
  const starts = lines.flatMap((line, i) => (/=+ Run Order =+/.test(line) ? [i] : []));
  const header = lines.findIndex((line) => PRINTED.test(line) || WRITTEN.test(line));
  const from = starts.at(-1) ?? header - 1;
  const kernels: ImportedKernel[] = [];
  for (const line of lines.slice(from + 2)) {
    if (line.trim() === '' || /^\s*=+ /.test(line)) break;
    const cells = line.trim().split(WRITTEN.test(lines[from + 1] ?? '') ? /\s*,\s*/ : /\t\s*|\s{2,}/);
    const name = cells.at(-1) ?? '';
    const [op = ''] = cells;
    // Behind the mean are a share, a sum of shares, memory, calls and the name; before it the start, if at all, and the first.
    const ms = Number(cells.at(-6));
    if (OWN_WORK.test(op) || !Number.isFinite(ms)) continue;
    const [, tensors = name, place] = /^\[(.*)\]:(\d+)$/.exec(name) ?? [];
    kernels.push({
      names: tensors.replace(/^\[|\]$/g, '').split(/,\s*/),
      ...(place === undefined ? {} : { place: Number(place) }),
      op,
      us: ms * 1000,
    });
  }
  return kernels;
}
