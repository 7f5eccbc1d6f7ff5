import { BOXES, yoloLevel, type YoloAttrs } from './yolo.ts';

/** Attributes of `gaussianYolo`. */
export type GaussianYoloAttrs = Omit<YoloAttrs, 'newCoords'>;

/** Gaussian YOLO's output level: a mean and a deviation for each of the four box numbers, objectness, classes. */
export const gaussianYolo = yoloLevel<GaussianYoloAttrs>(
  'Gaussian YOLO output level: every box number with its deviation',
  9,
  BOXES,
);
