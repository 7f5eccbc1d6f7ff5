import type { InferenceSession } from 'onnxruntime-node';
import type { RuntimeDevice } from './messages.ts';

/** What onnxruntime runs kernels on, and what its absence looks like and means. */
export interface ProbeDevice {
  readonly id: RuntimeDevice;
  readonly title: string;
  readonly provider: InferenceSession.ExecutionProviderConfig;
  /** name of the provider in profiles */
  readonly reportedAs: string;
  /** what a person has to have, where it is missing */
  readonly needs: string;
}

/** One clock for all devices but one thread of a CPU, whose time is its own. */
export const DEVICES: Readonly<Record<RuntimeDevice, ProbeDevice>> = {
  cpu: {
    id: 'cpu',
    title: 'CPU',
    provider: 'cpu',
    reportedAs: 'CPUExecutionProvider',
    needs: 'reinstall onnxruntime-node for this platform',
  },
  webgpu: {
    id: 'webgpu',
    title: 'WebGPU',
    // The other format renames every node and inserts transpositions around most.
    provider: { name: 'webgpu', preferredLayout: 'NCHW' },
    reportedAs: 'WebGpuExecutionProvider',
    needs:
      'install a GPU driver (on Linux a Vulkan driver and libvulkan.so.1); without a GPU, SwiftShader runs functional tests: VK_ICD_FILENAMES=vk_swiftshader_icd.json',
  },
  cuda: {
    id: 'cuda',
    title: 'CUDA',
    provider: 'cuda',
    reportedAs: 'CUDAExecutionProvider',
    needs:
      'on Linux x64 with an NVIDIA GPU: npm install onnxruntime-node --onnxruntime-node-install=cuda12, and CUDA 12 with cuDNN 9',
  },
  dml: {
    id: 'dml',
    title: 'DirectML',
    provider: 'dml',
    reportedAs: 'DmlExecutionProvider',
    needs: 'DirectML exists on Windows only: use --device webgpu or cuda elsewhere',
  },
  coreml: {
    id: 'coreml',
    title: 'Core ML',
    provider: 'coreml',
    reportedAs: 'CoreMLExecutionProvider',
    needs: 'Core ML exists on macOS only: use --device webgpu or cuda elsewhere',
  },
};

/** Whether an error of onnxruntime says that the provider, not the model, is the matter. */
export const isMissingProvider = (reason: string): boolean =>
  /backend not found|Failed to load shared library|Failed to get a WebGPU adapter|SessionOptionsAppendExecutionProvider|CUDA failure|no CUDA-capable device|libcud/i.test(
    reason,
  );
