import sharp from 'sharp';
import { ProfileError, problem } from '../diagnostics.ts';
import { messageOf } from './files.ts';
import { usageError } from './usage.ts';

/** Dots per inch at which a pixel of an SVG is one of the picture. */
const SVG_DENSITY = 72;

/**
 * An SVG in pixels, `scale` for each of its own along both sides, as the bytes of a PNG.
 *
 * @throws ProfileError CSP804 where this machine has no font, CSP801 where the picture is larger than memory allows
 */
export async function renderPng(svg: string, scale: number): Promise<Uint8Array> {
  await refuseWithoutFonts();
  try {
    return await sharp(new TextEncoder().encode(svg), { density: SVG_DENSITY * scale, unlimited: true })
      .png()
      .toBuffer();
  } catch (error) {
    throw usageError(
      `the picture cannot be drawn: ${messageOf(error)}`,
      'use a smaller --scale, or --format svg',
    );
  }
}

/** Without a font there is the same box for every letter: a picture in which nothing can be read. */
async function refuseWithoutFonts(): Promise<void> {
  const widthOf = async (text: string) => (await sharp({ text: { text } }).metadata()).width;
  if ((await widthOf('.')) !== (await widthOf('W'))) return;
  throw new ProfileError(
    problem(
      'CSP804',
      'this machine has no font to write with',
      'install one: apt-get install fonts-dejavu-core, apk add font-dejavu; or use --format svg',
    ),
  );
}
