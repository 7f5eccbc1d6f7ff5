import { writeDot } from '../../formats/dot/write.ts';
