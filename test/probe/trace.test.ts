import { describe, expect, it } from 'vitest';
import { tracedRuns, type TraceEvent } from '../../src/probe/trace.ts';

const run = (ts: number, dur: number): TraceEvent => ({ cat: 'Session', name: 'model_run', ts, dur });
const kernel = (node: string, ts: number, dur: number, provider = 'CPUExecutionProvider'): TraceEvent => ({
  cat: 'Node',
  name: `${node}_kernel_time`,
  ts,
  dur,
  args: { op_name: node.toUpperCase(), provider },
});
const program = (name: string, dur: number): TraceEvent => ({ cat: 'Api', name, ts: 9e9, dur });
const gpu = 'WebGpuExecutionProvider';

describe('a profile', () => {
  it('is split into its runs, whatever the order of its events', () => {
    const events = [
      { cat: 'Session', name: 'session_initialization', ts: 0, dur: 5 },
      kernel('b', 30, 5),
      kernel('a', 10, 15),
      run(9, 30),
      kernel('a', 110, 16),
      kernel('b', 130, 4),
      { cat: 'Node', name: 'a_fence_before', ts: 109, dur: 1 },
      run(109, 28),
    ];
    expect(tracedRuns(events)).toEqual([
      {
        runUs: 30,
        kernels: [
          { node: 'a', op: 'A', provider: 'CPUExecutionProvider', us: 15 },
          { node: 'b', op: 'B', provider: 'CPUExecutionProvider', us: 5 },
        ],
      },
      {
        runUs: 28,
        kernels: [
          { node: 'a', op: 'A', provider: 'CPUExecutionProvider', us: 16 },
          { node: 'b', op: 'B', provider: 'CPUExecutionProvider', us: 4 },
        ],
      },
    ]);
  });

  it('counts what runs inside a loop once, as the loop', () => {
    const [only] = tracedRuns([
      kernel('loop', 10, 50),
      kernel('inner', 12, 20),
      kernel('inner', 35, 20),
      kernel('next', 60, 3),
      run(9, 60),
    ])!;
    expect(only?.kernels.map(({ node, us }) => [node, us])).toEqual([
      ['loop', 50],
      ['next', 3],
    ]);
  });

  it('takes the time of a GPU from the GPU, not from the starting of its programs', () => {
    const events = [
      kernel('c', 10, 2, gpu),
      kernel('d', 13, 1, gpu),
      kernel('host', 15, 7),
      run(9, 900),
      kernel('c', 1010, 2, gpu),
      kernel('d', 1013, 1, gpu),
      kernel('host', 1015, 8),
      run(1009, 800),
      // Only the first run rearranges the weights.
      program('c&Conv&Transpose', 90),
      program('c&Conv&Conv2dMM', 400),
      program('d&Add&Add', 3),
      program('c&Conv&Conv2dMM', 410),
      program('d&Add&Add', 4),
    ];
    expect(tracedRuns(events)?.map(({ kernels }) => kernels.map(({ node, us }) => [node, us]))).toEqual([
      [
        ['c', 400],
        ['d', 3],
        ['host', 7],
      ],
      [
        ['c', 410],
        ['d', 4],
        ['host', 8],
      ],
    ]);
  });

  it('adds up the programs of one kernel, and knows CUDA by the event before', () => {
    const events = [
      kernel('m', 10, 2, 'CUDAExecutionProvider'),
      { cat: 'Kernel', name: 'sgemm', ts: 0, dur: 30 },
      { cat: 'Kernel', name: 'bias', ts: 0, dur: 5, args: { parent_name: 'm_kernel_time' } },
      run(9, 100),
    ];
    expect(tracedRuns(events)?.[0]?.kernels[0]?.us).toBe(35);
  });

  it('says nothing where the GPU says nothing', () => {
    expect(tracedRuns([kernel('c', 10, 2, gpu), run(9, 900)])).toBeUndefined();
  });
});
