import { root } from './constants.mjs';
import { slimVega } from './slimVega.mjs';

/** How the programs of pages are bundled. */
export const PROGRAMS = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: 'iife',
  target: ['chrome111', 'firefox113', 'safari16.4'],
  logLevel: 'warning',
  legalComments: 'none',
  plugins: [slimVega],
};

/**
 * A program or a style as the text of its element. `<!--` stands in strings only, where a backslash changes nothing.
 *
 * @throws Error where it would end its own element
 */
export function embedded(text) {
  const safe = text.trim().replaceAll('<!--', '<\\!--');
  if (/<\/?script|<\/style/i.test(safe)) throw new Error('the page would end its own script');
  return safe;
}
