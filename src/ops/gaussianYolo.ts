import { yoloLevel } from './yolo.ts';

/** Gaussian YOLO's output level: a mean and a deviation for each of the four box numbers, objectness, classes. */
export const gaussianYolo = yoloLevel('Gaussian YOLO output level: every box number with its deviation', 9);
