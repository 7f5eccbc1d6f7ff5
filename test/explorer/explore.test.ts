import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Explorer, type Explored, type Slot } from '../../src/explorer/explore.ts';
import { gateConfig, modelArgument } from '../../src/explorer/gateConfig.ts';
import type { Settings, Wanted } from '../../src/explorer/state.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
import { formatDiagnostic } from '../../src/diagnostics.ts';
import { toVega } from '../../src/report/html/compile.ts';
import { renderJson } from '../../src/report/json.ts';
import { TOOL } from '../../src/version.ts';
import { run } from '../cli/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'csp-profile-explore-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const builtIn = (name: string, parameters: Extract<Wanted, { kind: 'zoo' }>['parameters'] = {}): Slot => ({
  id: 1,
  wanted: { kind: 'zoo', name, parameters },
});

const file = (name: string, options: Extract<Wanted, { kind: 'file' }>['options'] = {}): Slot => ({
  id: 2,
  wanted: { kind: 'file', name, options },
  source: bytesSource(readFileSync(join(folder, name))),
});

const explorerOf = (): Explorer => new Explorer(new Map(), () => Promise.resolve(toVega));

const explore = (slots: readonly Slot[], settings: Settings = {}): Promise<Explored> =>
  explorerOf().explore(slots, settings);

/** One for all: what it compiled for one network serves the next. */
const explorer = explorerOf();

/** What the page saves of the first network. */
async function json(slot: Slot, settings: Settings = {}): Promise<string> {
  const [result] = await explorer.count([slot], settings);
  const { profile, diagnostics = [] } = result ?? {};
  if (profile === undefined) throw new TypeError(diagnostics.map(formatDiagnostic).join('\n'));
  return renderJson(profile, { width: 0, color: false, top: 'all', tool: TOOL });
}

const analyze = async (...argv: string[]): Promise<string> =>
  (await run(['analyze', ...argv, '--format', 'json'], { cwd: folder })).stdout;

const CFG =
  '[net]\nwidth=64\nheight=64\nchannels=3\n[convolutional]\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n';

describe('the page', () => {
  it('counts built-in networks as the command line does', async () => {
    for (const name of ['csppeleenet', 'cspresnext50', 'yolov4-tiny'])
      expect(await json(builtIn(name)), name).toBe(await analyze(name));
  });

  it('counts with parameters, on hardware and by rules as the command line does', async () => {
    expect(
      await json(builtIn('csppeleenet', { gamma: 0.25, input: [224, 320] }), {
        flops: 'full',
        cio: 'hardnet',
      }),
    ).toBe(await analyze('csppeleenet:gamma=0.25,input=224x320', '--flops', 'full', '--cio', 'hardnet'));
    const settings = {
      device: 'jetson-tx2',
      bufferBytes: 110_592,
      fusion: 'pairs',
      doubleBuffering: true,
    } as const;
    expect(await json(builtIn('peleenet'), settings)).toBe(
      await analyze(
        'peleenet',
        '--device',
        'jetson-tx2',
        '--buffer',
        '108KiB',
        '--fusion',
        'pairs',
        '--double-buffering',
      ),
    );
    expect(await json(builtIn('peleenet'), { device: 'coral-edgetpu' })).toBe(
      await analyze('peleenet', '--device', 'coral-edgetpu'),
    );
    expect(await json(builtIn('peleenet'), { group: 'fused', dtype: 'int8' })).toBe(
      await analyze('peleenet', '--group-by', 'fused', '--dtype', 'int8'),
    );
  });

  it('reads files as the command line does, mistakes included', async () => {
    writeFileSync(join(folder, 'net.cfg'), CFG);
    expect(await json(file('net.cfg', { extent: [32, 96], batch: 2 }))).toBe(
      await analyze('net.cfg@32x96', '--batch', '2'),
    );
    writeFileSync(join(folder, 'wrong.cfg'), `${CFG}[route]\nlayers=-9\n`);
    writeFileSync(join(folder, 'empty.onnx'), '');
    writeFileSync(join(folder, 'odd.json'), '{"layers": 3}');
    for (const name of ['wrong.cfg', 'empty.onnx', 'odd.json']) {
      const { slots, page } = await explore([file(name)]);
      const { stderr } = await run(['analyze', name], { cwd: folder });
      expect(slots[0]?.diagnostics.map((each) => `csp-profile: ${formatDiagnostic(each)}\n`).join('')).toBe(
        stderr,
      );
      expect(page).toBeUndefined();
    }
  });

  it('shows those that it can read beside one that it cannot, and counts all by one rule', async () => {
    writeFileSync(join(folder, 'wrong.cfg'), 'nonsense');
    const third: Slot = { ...builtIn('cspresnext50'), id: 3 };
    const { slots, page } = await explore([builtIn('resnext50'), file('wrong.cfg'), third], {
      flops: 'standard',
    });
    expect(slots.map(({ profile }) => profile?.conventions.flops)).toEqual([
      'standard',
      undefined,
      'standard',
    ]);
    expect(page?.report.networks.map(({ label }) => label)).toEqual(['resnext50', 'cspresnext50']);
    expect(page?.panels.length).toBeGreaterThan(5);
  });

  it('asks for a file that a link only names', async () => {
    const { slots } = await explore([{ id: 1, wanted: { kind: 'file', name: 'net.onnx', options: {} } }]);
    expect(slots[0]?.diagnostics[0]?.fix).toBe('drop it here, or choose it');
  });

  it('takes a profile that was saved before, and refuses one that was counted otherwise', async () => {
    writeFileSync(join(folder, 'saved.json'), await analyze('peleenet'));
    const { slots } = await explore([file('saved.json'), builtIn('csppeleenet')]);
    expect(slots.map(({ profile }) => profile?.network.name)).toEqual(['peleenet', 'csppeleenet']);
    const other = await explore([builtIn('csppeleenet'), file('saved.json')], { flops: 'full' });
    expect(other.slots[1]?.diagnostics[0]?.code).toBe('CSP805');
  });

  it('says the numbers before it makes the report, and then what the file says of itself', async () => {
    writeFileSync(join(folder, 'net.cfg'), CFG);
    writeFileSync(join(folder, 'wrong.cfg'), 'nonsense');
    const early: unknown[] = [];
    const { slots } = await explorerOf().explore(
      [file('net.cfg'), { ...file('wrong.cfg'), id: 3 }],
      {},
      undefined,
      (results) =>
        early.push(
          ...results.map(({ profile, description, diagnostics }) => [
            profile?.totals.layers,
            description,
            diagnostics.length,
          ]),
        ),
    );
    expect(early).toEqual([
      [1, undefined, 0],
      [undefined, undefined, 1],
    ]);
    expect(slots.map(({ description }) => description?.inputs.length)).toEqual([1, undefined]);
  });

  it('reads again only what was asked for otherwise', async () => {
    writeFileSync(join(folder, 'net.cfg'), CFG);
    const bytes = readFileSync(join(folder, 'net.cfg'));
    let reads = 0;
    const source = {
      size: bytes.length,
      read(offset: number, length: number) {
        reads++;
        return bytes.subarray(offset, offset + length);
      },
    };
    const explorer = explorerOf();
    const slot = (options: Extract<Wanted, { kind: 'file' }>['options']): Slot => ({
      id: 7,
      wanted: { kind: 'file', name: 'net.cfg', options },
      source,
    });
    await explorer.explore([slot({})], {});
    const first = reads;
    await explorer.explore([slot({})], { device: 'jetson-tx2' });
    expect(reads).toBe(first);
    const { slots } = await explorer.explore([slot({ batch: 3 })], {});
    expect(reads).toBeGreaterThan(first);
    expect(slots[0]?.profile?.network.inputs[0]?.shape[0]).toBe(3);
  });
});

describe('limits for gate', () => {
  it.each<readonly [string, Settings]>([
    ['counts', {}],
    ['a device', { device: 'jetson-tx2' }],
    ['a buffer', { bufferBytes: 110_592, fusion: 'pairs' }],
    ['tiles that a configuration cannot ask for', { bufferBytes: 110_592, haloReuse: true }],
  ])('pass what they were made of, with %s', async (_, settings) => {
    writeFileSync(join(folder, 'net.cfg'), CFG);
    const slots = [builtIn('csppeleenet', { gamma: 0.25 }), file('net.cfg', { extent: [32, 32], batch: 2 })];
    const explored = await explore(slots, settings);
    const text = gateConfig(
      slots.map(({ wanted }, i) => ({ wanted, profile: explored.slots[i]!.profile! })),
      settings,
    );
    writeFileSync(join(folder, 'csp-profile.config.json'), text);
    const passed = await run(['gate'], { cwd: folder });
    expect(passed.stderr + passed.stdout).not.toMatch(/CSP\d/);
    expect(passed.code).toBe(0);
    // One less of anything does not.
    const { targets } = JSON.parse(text) as { targets: { limits: Record<string, number> }[] };
    targets[0]!.limits['flops']!--;
    writeFileSync(join(folder, 'csp-profile.config.json'), JSON.stringify({ schemaVersion: 1, targets }));
    expect((await run(['gate'], { cwd: folder })).code).toBe(1);
  });

  it('name a network as the command line takes it', () => {
    expect(modelArgument(builtIn('csppeleenet', { gamma: 0.25, input: [224, 320] }).wanted)).toBe(
      'csppeleenet:gamma=0.25,input=224x320',
    );
    expect(modelArgument(file('net.cfg', { extent: [32, 96] }).wanted)).toBe('net.cfg@32x96');
  });
});
