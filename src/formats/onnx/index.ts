export { fromOnnx, type OnnxOptions } from './read.ts';
export { bytesSource, type ByteSource } from '../byteSource.ts';
