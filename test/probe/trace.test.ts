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
    const cpu = { provider: 'CPUExecutionProvider', calls: 1 };
    expect(tracedRuns(events)).toEqual([
      {
        runUs: 30,
        kernels: [
          { key: '0 a', node: 'a', op: 'A', us: 15, ...cpu },
          { key: '1 b', node: 'b', op: 'B', us: 5, ...cpu },
        ],
      },
      {
        runUs: 28,
        kernels: [
          { key: '0 a', node: 'a', op: 'A', us: 16, ...cpu },
          { key: '1 b', node: 'b', op: 'B', us: 4, ...cpu },
        ],
      },
    ]);
  });

  it('puts what runs inside a loop behind it, its calls together, its time out of that of the loop', () => {
    const executor = (ts: number, dur: number): TraceEvent => ({
      cat: 'Session',
      name: 'SequentialExecutor::Execute',
      ts,
      dur,
    });
    const [only] = tracedRuns([
      // What encloses others is written when it ends.
      kernel('before', 9, 1),
      kernel('inner', 12, 8),
      kernel('other', 20, 10),
      executor(11, 20),
      kernel('inner', 35, 9),
      kernel('other', 44, 12),
      executor(34, 23),
      kernel('loop', 10, 50),
      // As short as rounding to microseconds makes it, and where the loop ends.
      kernel('next', 60, 0),
      kernel('first of two', 60, 0),
      kernel('last', 60, 3),
      executor(9, 58),
      run(9, 60),
    ])!;
    expect(only?.kernels.map(({ key, within, us, calls }) => [key, within, us, calls])).toEqual([
      ['0 before', undefined, 1, 1],
      ['1 loop', undefined, 50 - 20 - 23, 1],
      ['1 loop > 0 inner', 1, 17, 2],
      ['1 loop > 1 other', 1, 22, 2],
      ['2 next', undefined, 0, 1],
      ['3 first of two', undefined, 0, 1],
      ['4 last', undefined, 3, 1],
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

  it('takes the time of CUDA from the events behind each node', () => {
    // Events as CUPTIManager::ProcessActivityBuffers makes them and GPUProfilerBase::MergeEvents orders them.
    const session = (name: string, ts: number, dur: number) =>
      ({ cat: 'Session', pid: 7, tid: 7, dur, ts, ph: 'X', name, args: {} }) as const;
    const node = (name: string, op: string, ts: number, dur: number, provider = 'CUDAExecutionProvider') => ({
      ...{ cat: 'Node', pid: 7, tid: 7, dur, ts, ph: 'X', name: `${name}_kernel_time` },
      args: { op_name: op, provider, node_index: '1', output_size: '4' },
    });
    const launch = (name: string, ts: number, dur: number, parent?: readonly [name: string, op: string]) => ({
      ...{ cat: 'Kernel', pid: -1, tid: -1, dur, ts, ph: 'X', name },
      args: {
        ...{ stream: '7', grid_x: '8', grid_y: '1', grid_z: '1', block_x: '128', block_y: '1', block_z: '1' },
        ...(parent === undefined ? {} : { parent_name: parent[0], op_name: parent[1] }),
      },
    });
    const conv = ['n0_kernel_time', 'Conv'] as const;
    const loop = ['n2_kernel_time', 'Loop'] as const;
    const events = [
      session('model_loading_uri', 0, 5),
      node('n0', 'Conv', 100, 900),
      // The first run tries algorithms.
      launch('implicit_convolve_sgemm', 2_000, 70, conv),
      launch('cutlass_sgemm', 2_100, 30, conv),
      launch('cutlass_sgemm', 2_200, 31, conv),
      node('n1', 'Reshape', 1_001, 2),
      node('n3', 'Add', 1_012, 3),
      launch('_BinaryElementWise', 2_300, 4, ['n3_kernel_time', 'Add']),
      session('SequentialExecutor::Execute', 1_011, 6),
      node('n2', 'Loop', 1_010, 9),
      node('n4', 'Softmax', 1_020, 6, 'CPUExecutionProvider'),
      // What the run copies precedes its nodes in time, and follows them here.
      launch('MemcpyHostToDevice', 1_500, 500),
      session('SequentialExecutor::Execute', 99, 930),
      launch('MemcpyDeviceToHost', 2_400, 20, ['SequentialExecutor::Execute', '']),
      session('model_run', 90, 950),
      node('n0', 'Conv', 10_100, 9),
      launch('cutlass_sgemm', 10_100, 30, conv),
      node('n1', 'Reshape', 10_110, 2),
      node('n3', 'Add', 10_113, 3),
      launch('_BinaryElementWise', 10_140, 5, ['n3_kernel_time', 'Add']),
      session('SequentialExecutor::Execute', 10_112, 6),
      node('n2', 'Loop', 10_112, 9),
      launch('loop_condition', 10_150, 1, loop),
      node('n4', 'Softmax', 10_122, 6, 'CPUExecutionProvider'),
      session('SequentialExecutor::Execute', 10_099, 40),
      session('model_run', 10_090, 60),
    ];
    expect(tracedRuns(events)?.map(({ kernels }) => kernels.map((each) => [each.op, each.us]))).toEqual([
      [
        ['Conv', 131],
        ['Reshape', 0],
        ['Loop', 0],
        ['Add', 4],
        ['Softmax', 6],
      ],
      [
        ['Conv', 30],
        ['Reshape', 0],
        ['Loop', 1],
        ['Add', 5],
        ['Softmax', 6],
      ],
    ]);
  });

  it('says nothing where only copies outside of the nodes are known', () => {
    const copy = { cat: 'Kernel', name: 'MemcpyHostToDevice', ts: 9, dur: 30, args: {} };
    expect(
      tracedRuns([copy, kernel('c', 10, 2, 'CUDAExecutionProvider'), copy, run(9, 100)]),
    ).toBeUndefined();
  });

  it('says nothing where the GPU says nothing', () => {
    expect(tracedRuns([kernel('c', 10, 2, gpu), run(9, 900)])).toBeUndefined();
  });
});
