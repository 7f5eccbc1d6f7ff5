import type { Form } from './fit.ts';

/**
 * The forms whose mean is a model, by what they were chosen for. They were searched for on every second device of the
 * measured ones, in the order of their ids, for the least error of networks that were left out; a form that stands
 * twice counts twice. `reports/measured/devices.md` has their errors on the other devices.
 */
export const FORMS = {
  /** one thread of a CPU */
  cpu1: [
    ['winograd', 'winogradOdd', 'products', 'products4', 'productsOdd', 'productsWindow', 'productsThin', 'pointwiseInput', 'linearWeights', 'elements', 'exponentials', 'moves'],
    ['winograd', 'winogradOdd', 'products', 'productsOdd', 'productsWindow', 'productsThin', 'firstOutput', 'depthwiseLarge', 'linearWeights', 'elements', 'exponentials', 'moves'],
    ['winograd', 'winogradOdd', 'products', 'productsOdd', 'productsWindow', 'pointwiseInput', 'depthwise', 'linearWeights', 'exponentials', 'moves'],
    ['winograd', 'winogradOdd', 'winogradNarrow', 'products', 'productsOdd', 'productsWindow', 'productsThin', 'linearWeights', 'elements', 'exponentials', 'elementwise', 'moves'],
    ['winograd', 'winogradOdd', 'products', 'productsOdd', 'productsWindow', 'productsThin', 'depthwiseLarge', 'linearWeights', 'written', 'exponentials', 'moves', 'poolings'],
    ['winograd', 'winogradOdd', 'products', 'productsOdd', 'productsWindow', 'pointwiseInput', 'depthwise', 'groups', 'linearWeights', 'exponentials', 'moves'],
    ['winograd', 'winogradOdd', 'winogradNarrow', 'products', 'productsOdd', 'productsWindow', 'productsThin', 'linearWeights', 'elements', 'exponentials', 'elementwise', 'moves'],
    ['winograd', 'winogradOdd', 'products', 'productsOdd', 'productsWindow', 'pointwiseInput', 'depthwise', 'linearWeights', 'exponentials', 'moves'],
  ],
  /** several threads of a CPU */
  cpu: [
    ['winograd', 'products', 'productsWindow', 'pointwiseInput', 'depthwiseLarge', 'depthwiseOutput', 'groups', 'elements', 'exponentials', 'concatenated', 'pooled', 'convolutions', 'kernels'],
    ['winograd', 'products', 'productsWindow', 'pointwiseInput', 'linearWeights', 'elements', 'elements8MiB', 'exponentials', 'concatenated', 'pooled', 'convolutions', 'elementwiseKernels', 'kernels'],
    ['winograd', 'products', 'productsWindow', 'productWeights', 'unfolded', 'pointwiseInput', 'depthwise', 'groups', 'elements', 'written', 'elements8MiB', 'exponentials', 'convolutions', 'moves', 'elementwiseKernels'],
    ['winograd', 'winogradOdd', 'products', 'productsWindow', 'pointwiseInput', 'depthwiseLarge', 'groups', 'linearWeights', 'elements', 'exponentials', 'concatenated', 'pooled', 'elementwiseKernels', 'kernels'],
    ['winograd', 'winogradNarrow', 'winogradTiles', 'products', 'productsWindow', 'pointwiseInput', 'depthwiseLarge', 'depthwiseElements', 'depthwiseOutput', 'groups', 'elements', 'exponentials', 'concatenated', 'pooled', 'convolutions', 'kernels'],
    ['winograd', 'products', 'productsWindow', 'pointwiseInput', 'linearWeights', 'elements', 'elements8MiB', 'exponentials', 'concatenated', 'pooled', 'convolutions', 'elementwiseKernels', 'kernels'],
    ['winograd', 'products', 'productsWindow', 'productWeights', 'unfolded', 'pointwiseInput', 'depthwise', 'groups', 'elements', 'written', 'elements8MiB', 'exponentials', 'convolutions', 'moves', 'elementwiseKernels'],
    ['winograd', 'winogradOdd', 'products', 'productsWindow', 'productsShallow', 'pointwiseInput', 'depthwiseLarge', 'groups', 'linearWeights', 'elements', 'exponentials', 'concatenated', 'pooled', 'convolutions', 'windowConvolutions', 'kernels'],
  ],
  /** a GPU through Vulkan */
  gpu: [
    ['winograd', 'winogradOdd', 'products', 'products8', 'productsOdd', 'productsWindow', 'productWeights', 'linearWeights', 'elements', 'exponentials', 'reduced', 'convolutions', 'kernels'],
    ['winograd', 'winogradOdd', 'products', 'products8', 'productsOdd', 'productsWindow', 'pointwiseInput', 'depthwiseLarge', 'groupedProducts', 'linearWeights', 'elements', 'reduced', 'convolutions'],
    ['winograd', 'winogradOdd', 'products', 'products8', 'productsWindow', 'productWeights', 'linearWeights', 'elements', 'exponentials', 'reduced', 'convolutions', 'kernels'],
    ['winograd', 'winogradOdd', 'products', 'productsOdd', 'productsWindow', 'depthwise', 'depthwiseLarge', 'linearWeights', 'elements', 'written', 'exponentials', 'reduced', 'convolutions', 'kernels'],
    ['winograd', 'winogradOdd', 'products8', 'productsWindow', 'linearWeights', 'exponentials', 'reduced', 'convolutions', 'moves'],
    ['winograd', 'winogradOdd', 'products', 'products8', 'productsWindow', 'productWeights', 'linearWeights', 'elements', 'exponentials', 'reduced', 'convolutions', 'moves', 'kernels'],
    ['winograd', 'winogradOdd', 'products', 'products8', 'productsOdd', 'productsWindow', 'pointwiseInput', 'depthwiseLarge', 'groupedProducts', 'linearWeights', 'elements', 'reduced', 'convolutions'],
    ['winograd', 'winogradOdd', 'products', 'products8', 'productsWindow', 'productWeights', 'linearWeights', 'elements', 'exponentials', 'reduced', 'convolutions', 'moves', 'kernels'],
  ],
  /** an NPU, in floating point */
  npu: [
    ['winogradNarrow', 'winogradWeights', 'products4', 'productsSmall', 'productWeights', 'pointwiseOutput', 'depthwiseOutput', 'groupedElements', 'written', 'pooled', 'kernels', 'starts'],
    ['winogradWeights', 'products4', 'productWeights', 'unfolded', 'pointwiseOutput', 'groupedProducts', 'groupedElements', 'elementwiseKernels', 'kernels', 'starts'],
    ['winogradWeights', 'products', 'productsNarrow', 'productWeights', 'firstProducts', 'linearWeights', 'written', 'elements2MiB', 'concatenated', 'starts'],
    ['winogradNarrow', 'winogradWeights', 'products4', 'productsVector', 'productWeights', 'pointwiseOutput', 'groups', 'written', 'pooled', 'kernels', 'starts'],
    ['winogradTiles', 'winogradWeights', 'products4', 'productWeights', 'unfolded', 'pointwiseOutput', 'groupedElements', 'written', 'elementwiseKernels', 'starts'],
    ['winogradNarrow', 'winogradWeights', 'products4', 'productsSmall', 'productWeights', 'pointwiseOutput', 'depthwiseOutput', 'groupedElements', 'written', 'pooled', 'kernels', 'starts'],
    ['winogradNarrow', 'winogradWeights', 'products4', 'productsVector', 'productWeights', 'pointwiseOutput', 'groups', 'written', 'pooled', 'kernels', 'starts'],
    ['winogradNarrow', 'winogradWeights', 'products', 'productsVector', 'productWeights', 'groupedProducts', 'linearWeights', 'written', 'elements512KiB', 'moved', 'starts'],
  ],
  /** an NPU, weights and maps of 8 bits */
  npu8: [
    ['winogradTiles', 'products', 'products4', 'productsStrided', 'productsThin', 'unknownElements', 'depthwiseConvolutions', 'starts'],
    ['winogradTiles', 'products', 'products4', 'productsStrided', 'productsThin', 'unknownElements', 'depthwiseConvolutions', 'starts'],
    ['winogradTiles', 'products', 'products4', 'productsStrided', 'productsThin', 'unknownElements', 'depthwiseConvolutions', 'starts'],
    ['winogradTiles', 'products', 'productsStrided', 'depthwiseLarge', 'exponentials', 'shuffled', 'depthwiseConvolutions', 'elementwiseKernels', 'starts'],
    ['winogradTiles', 'products', 'products4', 'productsStrided', 'productsThin', 'unknownElements', 'depthwiseConvolutions', 'starts'],
    ['winogradTiles', 'products', 'products4', 'productsStrided', 'productsThin', 'unknownElements', 'depthwiseConvolutions', 'starts'],
    ['winogradTiles', 'products', 'products4', 'productsStrided', 'productsThin', 'unknownElements', 'depthwiseConvolutions', 'starts'],
    ['winogradTiles', 'products', 'products4', 'productsStrided', 'productsThin', 'unknownElements', 'depthwiseConvolutions', 'starts'],
  ],
} as const satisfies Record<string, readonly Form[]>;
