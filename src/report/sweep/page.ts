import { embeddedJson, html } from '../html/render.ts';
import { DATA, TITLE } from '../html/templates.ts';
import type { SweepPageData } from './pageData.ts';

/** A sweep as one file: `template` is the page with its style and its program, as the build makes it. */
export const renderSweepPage = (template: string, title: string, data: SweepPageData): string =>
  template
    .split(TITLE)
    .join(html(title))
    .replace(DATA, () => embeddedJson(data));
