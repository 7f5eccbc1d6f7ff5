import { existsSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEXT_FRAME } from '../report/builtPage.ts';
import { run } from '../cli/run.ts';
import {
  CFG,
  CHROMIUM,
  NARROW,
  WIDE,
  at,
  base64,
  drop,
  end,
  folder,
  open,
  openModel,
  page,
  saved,
  shown,
  start,
} from './tab.ts';

beforeAll(() => start());
afterAll(end);

/** Bytes of the page, compressed. */
const LARGEST_PAGE = 450_000;

describe.skipIf(!existsSync(CHROMIUM))(
  `the explorer in Chromium (${CHROMIUM}; apt-get install chromium)`,
  // A window that Chromium never draws is opened anew.
  { retry: 2, timeout: 100_000 },
  () => {
    it('is small enough to be sent', () => {
      expect(gzipSync(page).length).toBeLessThan(LARGEST_PAGE);
    });

    it('shows what is dropped, side by side, as the command line counts it, and sends nothing', async () => {
      const { tab, trouble } = await open();
      writeFileSync(at('net.cfg'), CFG);
      writeFileSync(at('deeper.cfg'), CFG + CFG.slice(CFG.indexOf('[conv')));
      await tab.context().setOffline(true);
      await drop(tab, ['net.cfg', 'deeper.cfg'].map(base64));
      await shown(tab, 'deeper: 2 layers');
      expect(await tab.locator('h1:visible').textContent()).toBe('net and deeper');
      expect(await tab.locator('.slot').count()).toBe(2);
      expect(await tab.locator('.changed').count()).toBe(1);
      const { stdout } = await run(['analyze', 'deeper.cfg', '--format', 'json'], { cwd: folder });
      expect(await saved(tab, 'Save the profile of deeper.cfg as JSON')).toBe(stdout);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('is accessible, light and dark, wide and narrow, before and after', async () => {
      const { tab, trouble } = await open();
      // Without a pointer: the first stop is the button that chooses files.
      await tab.keyboard.press('Tab');
      const stops: string[] = [];
      for (let i = 0; i < 4; i++) {
        stops.push(await tab.evaluate<string>('document.activeElement.textContent.slice(0, 20)'));
        await tab.keyboard.press('Tab');
      }
      expect(stops).toContain('Choose files');
      await tab.evaluate(axe.source);
      const check = async (): Promise<void> => {
        for (const [colorScheme, viewport] of [
          ['light', WIDE],
          ['dark', NARROW],
        ] as const) {
          await tab.emulateMedia({ colorScheme });
          await tab.setViewportSize(viewport);
          const seen = await tab.evaluate<Record<string, unknown>>(`(async () => {
          await ${NEXT_FRAME};
          const { violations } = await axe.run();
          return {
            violations: violations.map(({ id, nodes }) => [id, ...nodes.map(({ target }) => String(target))].join(' ')),
            width: document.documentElement.scrollWidth,
          };
        })()`);
          expect(seen, colorScheme).toEqual({ violations: [], width: viewport.width });
        }
      };
      await check();
      writeFileSync(at('wrong.cfg'), 'nonsense');
      writeFileSync(at('net.cfg'), CFG);
      writeFileSync(at('open.onnx'), openModel());
      await tab.setInputFiles('#files', [at('wrong.cfg'), at('open.onnx'), at('net.cfg')]);
      await tab.selectOption('.drop select', 'csppeleenet');
      await shown(tab, 'csppeleenet: ');
      await tab.getByText('Hardware and counting rules').click();
      await check();
      expect(trouble).toEqual([]);
      await tab.close();
    });
  },
);
