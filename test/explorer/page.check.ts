// What the page does with more files and for longer: npm run check:explorer
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveExplorer } from '../../src/cli/explorerServer.ts';
import { withState } from '../../src/explorer/state.ts';
import { writeModel } from '../../src/formats/model.ts';
import { run } from '../cli/run.ts';
import { HOSTILE, hostileNetwork } from '../report/hostile.ts';
import {
  CFG,
  CHROMIUM,
  at,
  base64,
  browser,
  bytesOf,
  drop,
  end,
  folder,
  open,
  openModel,
  page,
  saved,
  shown,
  start,
  until,
  writeDeep,
  writeLargeModel,
  writeNetworks,
} from './tab.ts';

beforeAll(async () => {
  await start();
  await writeNetworks();
});
afterAll(end);

describe.skipIf(!existsSync(CHROMIUM))(
  `the explorer in Chromium (${CHROMIUM}; apt-get install chromium)`,
  () => {
    it('saves what it shows: a report that opens by itself, and profiles', async () => {
      const { tab, trouble } = await open();
      writeFileSync(at('net.cfg'), CFG);
      await tab.context().setOffline(true);
      await tab.setInputFiles('#files', [at('resnet10.onnx'), at('peleenet.onnx')]);
      await shown(tab, 'peleenet: ');
      await drop(tab, [base64('net.cfg')]);
      await shown(tab, 'net: 1 layer');
      expect(await tab.locator('h1:visible').textContent()).toBe('resnet10, peleenet and net');
      expect(await tab.locator('.slot').count()).toBe(3);
      expect(await tab.locator('.changed').count()).toBe(1);
      const { stdout } = await run(['analyze', 'peleenet.onnx', '--format', 'json', '--flops', 'standard'], {
        cwd: folder,
      });
      expect(await saved(tab, 'Save the profile of peleenet.onnx as JSON')).toBe(stdout);
      // As the command line would report them: the report that is saved opens by itself.
      writeFileSync(at('saved.html'), await saved(tab, 'Save as HTML'));
      const report = await browser.newPage();
      await report.goto(pathToFileURL(at('saved.html')).href);
      expect(await report.locator('h1').textContent()).toBe('resnet10, peleenet and net');
      expect(await report.locator('figure').count()).toBe(await tab.locator('figure').count());
      await report.close();
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('follows sliders and hardware, keeps what is looked at, and the address holds it', async () => {
      const { tab, trouble } = await open();
      await tab.selectOption('.drop select', 'csppeleenet');
      await shown(tab, 'csppeleenet: ');
      await tab.locator('.tile', { hasText: 'peak activations' }).click();
      await tab.getByRole('slider', { name: /^gamma/ }).focus();
      await tab.keyboard.press('ArrowLeft');
      await shown(tab, 'csppeleenet:gamma=0.45');
      await tab.getByText('Hardware and counting rules').click();
      await tab.getByLabel('Device').selectOption('jetson-tx2');
      await tab.waitForSelector('.hardware');
      expect(await tab.locator('.tile:has(:checked) .name').textContent()).toBe('peak activations');
      const { stdout } = await run([
        'analyze',
        'csppeleenet:gamma=0.45',
        '--device',
        'jetson-tx2',
        '--format',
        'json',
      ]);
      expect(await saved(tab, 'Save the profile of csppeleenet as JSON')).toBe(stdout);
      await tab.reload();
      await tab.waitForSelector('.hardware');
      expect(await tab.title()).toMatch(/^csppeleenet:gamma=0\.45: /);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('asks for what a file leaves open, and says what is wrong as the command line does', async () => {
      writeFileSync(at('wrong.cfg'), `${CFG}[route]\nlayers=-9\n`);
      const { tab, trouble } = await open();
      await tab.setInputFiles('#files', [at('wrong.cfg')]);
      const { stderr } = await run(['analyze', 'wrong.cfg'], { cwd: folder });
      await tab.waitForSelector('.slot .error');
      expect(await tab.getByRole('button', { name: /^Measure/, disabled: true }).count()).toBe(2);
      expect(
        `csp-profile: ${(await tab.locator('.slot .error').textContent())?.replace('error: ', '') ?? ''}\n`,
      ).toBe(stderr);
      await tab.getByRole('button', { name: 'Remove wrong.cfg' }).click();
      writeFileSync(at('open.onnx'), openModel());
      await tab.setInputFiles('#files', [at('open.onnx')]);
      await tab.waitForSelector('.ports');
      await tab.getByLabel('N', { exact: true }).fill('3');
      await tab.keyboard.press('Tab');
      await shown(tab, 'open: 1 layer');
      const { stdout } = await run(['analyze', 'open.onnx', '--bind', 'N=3', '--format', 'json'], {
        cwd: folder,
      });
      expect(await saved(tab, 'Save the profile of open.onnx as JSON')).toBe(stdout);
      // No input of it is an image.
      expect(await tab.getByLabel('image').count()).toBe(0);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('lets no name of a file act', async () => {
      const { tab, trouble } = await open();
      const content = bytesOf(await writeModel(hostileNetwork(HOSTILE[0]!), 'json'));
      await drop(tab, [
        ['<img src=x onerror=window.hacked=1>.json', Buffer.from(content).toString('base64')],
      ]);
      await tab.waitForSelector('.tiles');
      expect(await tab.evaluate('window.hacked')).toBeUndefined();
      expect(await tab.locator('body').innerText()).toContain(HOSTILE[4]);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('reads the parts that it needs of a file of 1.5 GB', async () => {
      const name = at('large.onnx');
      writeLargeModel(name);
      const { tab, trouble } = await open();
      await tab.setInputFiles('#files', [name]);
      await shown(tab, 'large: 1 layer');
      const { stdout } = await run(['analyze', 'large.onnx', '--format', 'json'], { cwd: folder });
      expect(await saved(tab, 'Save the profile of large.onnx as JSON')).toBe(stdout);
      expect(JSON.parse(stdout)).toMatchObject({ totals: { macs: 16_384 * 24_576 } });
      expect(trouble).toEqual([]);
      await tab.close();
      rmSync(name);
    });

    it('holds 5,000 layers, of which only those in sight are in the page', async () => {
      writeDeep(at('deep.cfg'));
      const { tab, trouble } = await open();
      await tab.setInputFiles('#files', [at('deep.cfg')]);
      await shown(tab, 'deep: 5000 layers');
      expect(await tab.locator('.scroll tbody tr').count()).toBeLessThan(100);
      expect(trouble).toEqual([]);
      await tab.close();
    });

    it('opens what the command serves, by ranges, and is isolated there', async () => {
      const served = await serveExplorer({ page, models: [at('resnet10.onnx')], runtime: new Map() });
      const fragment = withState('', {
        networks: [{ kind: 'file', name: 'resnet10.onnx', options: {}, served: 0 }],
        settings: {},
      });
      const { tab, trouble } = await open({ url: served.url, fragment });
      await shown(tab, 'resnet10: ');
      expect(await tab.evaluate('crossOriginIsolated')).toBe(true);
      const measure = tab.getByRole('button', { name: 'Measure here' });
      expect(await measure.isEnabled()).toBe(true);
      await tab.getByRole('button', { name: 'Remove resnet10.onnx' }).click();
      await until('nothing to measure', () => measure.isDisabled());
      expect(trouble).toEqual([]);
      await tab.close();
      await served.close();
    });
  },
);
