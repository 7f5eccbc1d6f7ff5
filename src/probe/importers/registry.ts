import type { Importer } from './importer.ts';
import { NCNN } from './ncnn/read.ts';
import { ONNXRUNTIME } from './onnxruntime/read.ts';
import { TENSORRT } from './tensorrt/read.ts';
import { TFLITE } from './tflite/read.ts';

/** Every tool whose measurements are imported. */
export const IMPORTERS: readonly Importer[] = [ONNXRUNTIME, TENSORRT, TFLITE, NCNN];
