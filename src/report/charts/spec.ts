/** A Vega-Lite specification: plain data, self-contained. */
export type VegaLiteSpec = Readonly<Record<string, unknown>> & { readonly $schema: string };

export const VEGA_LITE_SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** One colour per network, told apart in greyscale and by colour-blind readers (Okabe and Ito). */
export const NETWORK_COLORS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
] as const;
