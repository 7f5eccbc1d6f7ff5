/** Text, or bytes in pieces, as one. */
export const allBytes = (content: string | Iterable<Uint8Array>): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : Buffer.concat([...content]);
