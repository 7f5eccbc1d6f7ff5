import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is served, and nothing else: the page, the files that were named, and those that measure. */
export interface Served {
  readonly page: string;
  /** paths of models, by their number */
  readonly models: readonly string[];
  /** paths of what measures, by the names that the page calls them */
  readonly runtime: ReadonlyMap<string, string>;
}

/** The page on this machine's own address, for whoever has the token. */
export interface ServedPage {
  /** with the token */
  readonly url: string;
  /** ends all connections */
  readonly close: () => Promise<void>;
}

/** The address that only this machine reaches. */
const LOOPBACK = '127.0.0.1';

/**
 * Serves the explorer on a port that the system chooses. A request is answered where it is for this address (a name
 * that somebody points here is another host), comes from the page itself or from nowhere, and has the token.
 */
export async function serveExplorer(served: Served): Promise<ServedPage> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    answer(request, response, served, token).catch(() => {
      // The file went away, or the reader did.
      if (response.headersSent) response.destroy();
      else refuse(response, 404);
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, LOOPBACK, listening);
  });
  return { url: `http://${hostOf(server)}/${token}/`, close: () => close(server) };
}

const hostOf = (server: Server): string => `${LOOPBACK}:${String((server.address() as AddressInfo).port)}`;

const close = (server: Server): Promise<void> =>
  new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  served: Served,
  token: string,
): Promise<void> {
  const found = await sought(request, served, token);
  if (typeof found === 'number') refuse(response, found);
  else if ('page' in found) send(response, found.page);
  else await sendFile(response, found.path, request.headers.range, request.method === 'HEAD');
}

/** What a request is for, or the status that refuses it. */
async function sought(
  { method = '', headers, socket, url = '' }: IncomingMessage,
  served: Served,
  token: string,
): Promise<{ readonly page: string } | { readonly path: string } | number> {
  const host = `${LOOPBACK}:${String(socket.localPort)}`;
  if (method !== 'GET' && method !== 'HEAD') return 405;
  const site = headers['sec-fetch-site'];
  const foreign =
    headers.host !== host ||
    (headers.origin !== undefined && headers.origin !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  // The path as it was sent: nothing in it is decoded, and none of it becomes a path on disk.
  const [, given = '', folder = '', name, ...deeper] = url.split('?', 1)[0]?.split('/') ?? [];
  if (foreign || !same(given, token)) return 403;
  if (deeper.length > 0) return 404;
  if (folder === '' && name === undefined) return { page: await pageWithSizes(served) };
  const path = pathOf(folder, name ?? '', served);
  return path === undefined ? 404 : { path };
}

/** The file that was named under this number, or what measures under this name. */
function pathOf(folder: string, name: string, { models, runtime }: Served): string | undefined {
  if (folder === 'models') return /^\d{1,4}$/.test(name) ? models[Number(name)] : undefined;
  return folder === 'runtime' ? runtime.get(name) : undefined;
}

function same(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Isolated, so that networks may run on threads and clocks are exact; in no frame, and nothing kept. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain' });
  response.end();
}

function send(response: ServerResponse, page: string): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' });
  response.end(page);
}

/** The page knows how large the files are that it may ask for. */
async function pageWithSizes({ page, models }: Served): Promise<string> {
  const sizes = await Promise.all(models.map(async (path) => (await stat(path)).size));
  return page.replace('<!--served-->', `<meta name="served" content="${sizes.join(' ')}" />`);
}

async function sendFile(
  response: ServerResponse,
  path: string,
  range: string | undefined,
  headOnly: boolean,
): Promise<void> {
  const file = await open(path);
  const { size } = await file.stat().finally(() => file.close());
  const headers = { ...HEADERS, 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const [start, end] = range === undefined ? [0, size - 1] : [Number(first), Number(last)];
  if (range !== undefined && !(start <= end && end < size)) {
    response.writeHead(416, { ...HEADERS, 'content-range': `bytes */${String(size)}` });
    response.end();
    return;
  }
  const whole =
    range === undefined ? {} : { 'content-range': `bytes ${String(start)}-${String(end)}/${String(size)}` };
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    ...whole,
    'content-length': end - start + 1,
  });
  if (headOnly || size === 0) response.end();
  else
    createReadStream(path, { start, end })
      .on('error', () => response.destroy())
      .pipe(response);
}
