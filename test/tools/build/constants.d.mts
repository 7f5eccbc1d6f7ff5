/** Compile-time constants: name -> expression. */
export const define: Readonly<Record<string, string>>;
