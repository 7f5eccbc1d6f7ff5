import type { Architecture } from './architecture.ts';

export const RESNET: readonly Architecture[] = [];
