import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveExplorer, type ServedPage } from '../../src/cli/explorerServer.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'csp-profile-open-'));
const PAGE = '<!doctype html><head><!--served--></head>';
let served: ServedPage;

beforeAll(async () => {
  writeFileSync(join(folder, 'net.onnx'), '0123456789');
  writeFileSync(join(folder, 'secret'), 'secret');
  writeFileSync(join(folder, 'measure.js'), 'measures');
  served = await serveExplorer({
    page: PAGE,
    models: [join(folder, 'net.onnx')],
    runtime: new Map([['measure.js', join(folder, 'measure.js')]]),
  });
});

afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

interface Reply {
  readonly status: number | undefined;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A request for a path as it stands, which no library normalises. */
const ask = (
  path: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly method?: string } = {},
): Promise<Reply> =>
  new Promise((done, failed) => {
    const { hostname, port } = new URL(served.url);
    request({ hostname, port, path, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        done({
          status: response.statusCode,
          body: Buffer.concat(parts).toString(),
          headers: response.headers,
        });
      });
    })
      .on('error', failed)
      .end();
  });

const home = (): string => new URL(served.url).pathname;

describe('csp-profile open', () => {
  it('serves the page to whoever has the token, on the loopback address', async () => {
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
    const { status, body, headers } = await ask(home());
    expect([status, body]).toEqual([200, '<!doctype html><head><meta name="served" content="10" /></head>']);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': "frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
  });

  it('serves ranges of the models that were named', async () => {
    const range = await ask(`${home()}models/0`, { headers: { range: 'bytes=2-5' } });
    expect(range).toMatchObject({ status: 206, body: '2345', headers: { 'content-range': 'bytes 2-5/10' } });
    expect(await ask(`${home()}models/0`)).toMatchObject({ status: 200, body: '0123456789' });
    for (const wrong of ['bytes=5-2', 'bytes=0-10', 'bytes=-3', 'items=0-1'])
      expect(await ask(`${home()}models/0`, { headers: { range: wrong } }), wrong).toMatchObject({
        status: 416,
      });
  });

  it('serves what measures by its name', async () => {
    expect(await ask(`${home()}runtime/measure.js`)).toMatchObject({ status: 200, body: 'measures' });
  });

  it.each([
    ['another token', () => `/${'A'.repeat(32)}/`],
    ['no token', () => '/'],
    ['no token, and a model', () => '/models/0'],
    ['the beginning of the token', () => home().slice(0, -2)],
    ['an address in the place of a path', () => 'http://example.org/'],
  ])('refuses %s', async (_, path) => {
    expect(await ask(path())).toMatchObject({ status: 403, body: '' });
  });

  it.each([
    ['another host', { host: 'example.org' }],
    ['a name that somebody points here', { host: 'attacker.example:80' }],
    ['this address with another port', { host: '127.0.0.1:1' }],
    ['a page of another origin', { origin: 'https://example.org' }],
    ['a page without an origin', { origin: 'null' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of the same site', { 'sec-fetch-site': 'same-site' }],
  ])('refuses %s, with the token', async (_, headers) => {
    for (const path of [home(), `${home()}models/0`])
      expect(await ask(path, { headers })).toMatchObject({ status: 403, body: '' });
  });

  it.each([
    'models/../secret',
    'models/..%2fsecret',
    'models/%2e%2e/secret',
    'models/0/../../secret',
    '../secret',
    'models/secret',
    'models/1',
    'models/-1',
    'models/0x0',
    'models/',
    'models/constructor',
    'models//etc/passwd',
    'runtime/0',
    'runtime/secret',
    'runtime/../secret',
    'runtime/..%2fsecret',
    'runtime/constructor',
    'runtime/measure.js/..',
    '/etc/passwd',
    'index.html',
    'models\\..\\secret',
  ])('has nothing at %s', async (path) => {
    const reply = await ask(home() + path);
    expect(reply).toMatchObject({ status: 404, body: '' });
  });

  it('only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(await ask(home(), { method })).toMatchObject({ status: 405 });
    expect(await ask(`${home()}models/0`, { method: 'HEAD' })).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': '10' },
    });
  });

  it('opens no page for a file that is not there, or a network of no size', async () => {
    expect(await run(['open', 'nothing.onnx'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'csp-profile: nothing.onnx: there is no such file (fix: check the path) CSP802\n',
    });
    expect((await run(['open', 'vgg16', '--buffer', 'much'])).code).toBe(2);
  });

  it('opens no page for a device that the page does not have', async () => {
    expect((await run(['open', 'vgg16', '--device', 'raspberry-pi-5/cpu-4'])).stderr).toBe(
      'csp-profile: the page does not cost networks on raspberry-pi-5/cpu-4 (fix: csp-profile analyze MODEL --device raspberry-pi-5/cpu-4) CSP801\n',
    );
    expect((await run(['open', 'vgg16', '--device', 'jetson-tx3'])).stderr).toContain('CSP510');
  });

  it('says that a model has gone', async () => {
    const path = join(folder, 'gone.onnx');
    writeFileSync(path, 'x');
    const other = await serveExplorer({ page: PAGE, models: [path], runtime: new Map() });
    rmSync(path);
    const response = await fetch(`${other.url}models/0`, { headers: { 'sec-fetch-site': 'same-origin' } });
    await other.close();
    expect(response.status).toBe(404);
  });
});
