import { dense, type Device, type Source, unverified, verified } from './device.ts';

const BOOK: Source = {
  source:
    'https://packtpub.com/en-hu/product/deep-learning-with-tensorflow-and-keras-3rd-edition-third-edition-9781803232911/chapter/tensor-processing-unit-15/section/summary-ch15lvl1sec39',
  retrieved: '2026-11-25',
};
const COURSE: Source = {
  source:
    'https://notes.guptadhairya.com/Semesters/Spring-2025-Semester/CS-350C---Advanced-Computer-Architecture/Machine-Learning/Google-Tensor-Processing-Unit-(TPU)',
  retrieved: '2026-11-25',
};

export const tpuV1: Device = {
  schemaVersion: 1,

  id: 'tpu-v1',
  title: 'Google TPU v1',
  kind: 'npu',
  peak: { int8: dense(verified(256 * 256 * 2 * 700e6, 'op/s', BOOK, 'printed as 92 teraops')) },
  memory: [
    { name: 'dram', bandwidth: unverified(34e9, 'byte/s', 'weights, arXiv 1704.04760 from memory') },
    { name: 'sram', capacity: verified(28 * 1024 * 1024, 'byte', COURSE, '24 MiB of maps, 4 MiB of sums') },
  ],
  clock: unverified(700e6, 'Hz', 'arXiv 1704.04760 from memory; 92 teraops of 65,536 MACs make 702 MHz'),
  array: {
    rows: verified(256, '1', COURSE),
    columns: verified(256, '1', COURSE),
    dataflow: 'ws',
  },
};
