import type { Forms } from '../writer.ts';

export const SIGNAL_FORMS = {
  fourier: {
    noForm: 'a graph does not say along which axis a Fourier transform runs',
    fix: 'write a network without it',
  },
} satisfies Forms;
