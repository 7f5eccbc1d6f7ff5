#!/usr/bin/env bash
# @paulirish/trace_engine 0.0.65, the engine of Chrome DevTools' Performance panel as a package: complete events of a
# trace-event file ("ph": "X") that touch.
#
# Expected: two events of a thread, of which one begins where the other ends, are siblings, whatever the fraction of
# their microseconds, as `ts` and `dur` are decimal numbers of a text.
# Seen: ends are computed as `ts + dur` in floating point. 100.1 + 200.2 is 300.29999999999995, before the next event's
# `ts` of 300.3; 0.1 + 0.2 is 0.30000000000000004, past 0.3 by its last bit, and the next event becomes its child: one
# root instead of two. So a profile of kernels one after the other shows as nests that nobody measured.
# What to do: write times that are whole nanoseconds, and let an event end before the next begins by more than the last
# bit of their sum.
#
# Fails when both pairs have two roots.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @paulirish/trace_engine@0.0.65

cat > run.mjs <<'JS'
// What a page has and Node has not.
globalThis.DOMRect ??= class {};
globalThis.window ??= globalThis;
const { Processor, Handlers } = await import('@paulirish/trace_engine');

const METADATA = { ph: 'M', cat: '__metadata', pid: 1, tid: 1, ts: 0 };
async function rootsOf(ts, dur, next) {
  const engine = new Processor.TraceProcessor({ ...Handlers.ModelHandlers });
  const event = { ph: 'X', cat: 'kernel', pid: 1, tid: 1, args: {} };
  await engine.parse(
    [
      { ...METADATA, name: 'process_name', args: { name: 'run' } },
      { ...METADATA, name: 'thread_name', args: { name: 'kernels' } },
      { ...event, name: 'first', ts, dur },
      { ...event, name: 'second', ts: next, dur: 5 },
    ],
    {},
  );
  const parsed = engine.parsedTrace ?? engine.data;
  const thread = (parsed.data ?? parsed).Renderer.processes.get(1).threads.get(1);
  return thread.tree.roots.size;
}

const touching = await rootsOf(0.1, 0.2, 0.3);
const whole = await rootsOf(1, 2, 3);
console.log(`in thousandths of a microsecond: ${touching} root(s) of 2; in whole ones: ${whole}`);
process.exit(touching === 1 && whole === 2 ? 0 : 1);
JS
node run.mjs
