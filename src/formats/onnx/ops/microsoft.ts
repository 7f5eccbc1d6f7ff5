import type { Operators } from '../operator.ts';
import { known } from './known.ts';
import { MICROSOFT_ATTENTION } from './microsoftAttention.ts';
import { MICROSOFT_BITS } from './microsoftBits.ts';
import { MICROSOFT_EXPERTS } from './microsoftExperts.ts';
import { MICROSOFT_FUSED } from './microsoftFused.ts';
import { MICROSOFT_OTHER } from './microsoftOther.ts';
import { MICROSOFT_QUANTIZE } from './microsoftQuantize.ts';
import { NORMALIZE } from './normalize.ts';

/** The operators that onnxruntime adds to ONNX's own (domain com.microsoft). */
export const MICROSOFT: Operators = {
  ...MICROSOFT_ATTENTION,
  ...MICROSOFT_BITS,
  ...MICROSOFT_EXPERTS,
  ...MICROSOFT_FUSED,
  ...MICROSOFT_OTHER,
  ...MICROSOFT_QUANTIZE,
};

/** What onnxruntime and old exporters put into the default domain without it being there. */
export const UNOFFICIAL: Operators = {
  SimplifiedLayerNormalization: known(NORMALIZE, 'RMSNormalization'),
};
