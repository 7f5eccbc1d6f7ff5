import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The bundle, as a user's shell runs it; `npm run build` makes it. */
const cli = (...argv: string[]) =>
  spawnSync(process.execPath, ['dist/cli.cjs', ...argv], { encoding: 'utf8' });

describe('the command as a process', () => {
  it('prints data on standard output and exits with 0', () => {
    const { status, stdout, stderr } = cli('analyze', 'cspresnext50', '--format', 'json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, totals: { layers: 84, cio: 32642024 } });
  });

  it('prints an error on standard error and exits with 2', () => {
    const { status, stdout, stderr } = cli('analyze', 'nothing.cfg');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe('csp-profile: nothing.cfg: there is no such file (fix: check the path) CSP802\n');
  });

  it('ends quietly when the reader has seen enough', () => {
    const { status, stdout, stderr } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" dist/cli.cjs analyze yolov4 --all --format json | head -c 20`],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toHaveLength(20);
  });

  it('reads a model of any kind from standard input', () => {
    const cfg = '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=1\n';
    const from = (input: string | Buffer, ...argv: string[]) =>
      spawnSync(process.execPath, ['dist/cli.cjs', 'analyze', ...argv, '--format', 'json'], {
        input,
        encoding: 'utf8',
      });
    const macs = ({ stdout }: { stdout: string }) =>
      (JSON.parse(stdout) as { totals: { macs: number } }).totals.macs;
    expect(macs(from(cfg, '-'))).toBe(4 * 3 * 64);
    expect(macs(from(cfg, '-@16'))).toBe(4 * 3 * 256);
    expect(macs(from(cli('export', 'resnet10', '--to', 'json').stdout, '-'))).toBe(
      macs(cli('analyze', 'resnet10', '--format', 'json')),
    );
    expect(from('', '-')).toMatchObject({ status: 2, stdout: '' });
  });

  it('is one bundle for analyze: nothing else is loaded', () => {
    const loaded = (file: string) =>
      [...readFileSync(file, 'utf8').matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(
        ([, path]) => path ?? '',
      );
    expect(loaded('dist/cli.cjs').filter((path) => !isBuiltin(path))).toEqual(['./cli-main.cjs']);
    // What stands in a callback is what import() was: it is loaded when a command asks for it.
    const main = readFileSync('dist/cli-main.cjs', 'utf8')
      .replace(/=>\s*require\("[^"]+"\)/g, '')
      .replace(/\.then\(\(\)=>\{[^]*?return/g, '');
    const atStart = [...main.matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, path]) => path ?? '');
    expect(atStart).toContain('node:fs');
    expect(atStart.filter((path) => !isBuiltin(path))).toEqual([]);
  });

  it('starts without the stored code, too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'csp-profile-'));
    try {
      cpSync('dist', folder, { recursive: true, filter: (file) => !file.endsWith('.cache') });
      const { status, stdout } = spawnSync(process.execPath, [
        join(folder, 'cli.cjs'),
        'analyze',
        'resnet10',
      ]);
      expect({ status, stdout: String(stdout) }).toEqual({
        status: 0,
        stdout: cli('analyze', 'resnet10').stdout,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('draws png with what the user has: sharp, and a font', () => {
    const folder = mkdtempSync(join(tmpdir(), 'csp-profile-'));
    const args = ['report', 'resnet10', '--format', 'png', '-o', join(folder, 'layers.png')];
    try {
      cpSync('dist', join(folder, 'dist'), { recursive: true });
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(folder, 'dist/cli.cjs'), ...args],
        { encoding: 'utf8' },
      );
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toBe(
        'csp-profile: sharp is not installed: it draws png (fix: npm install sharp, beside csp-profile, or use --format svg) CSP801\n',
      );

      if (process.platform !== 'linux') return;
      const fonts = join(folder, 'fonts.conf');
      writeFileSync(fonts, `<fontconfig><cachedir>${folder}</cachedir></fontconfig>`);
      const fontless = spawnSync(process.execPath, ['dist/cli.cjs', ...args], {
        encoding: 'utf8',
        env: { ...process.env, FONTCONFIG_FILE: fonts },
      });
      expect(fontless).toMatchObject({ status: 2, stdout: '' });
      expect(fontless.stderr).toMatch(
        /^csp-profile: this machine has no font to write with \(fix: install one: .*\) CSP804\n$/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('runs a module of the user', () => {
    const folder = mkdtempSync(join(tmpdir(), 'csp-profile-'));
    try {
      const file = join(folder, 'mine.mjs');
      writeFileSync(
        file,
        'export default (g, { extent }) => g.conv(g.input([1, 3, ...extent]), { outChannels: 4 });',
      );
      const { status, stdout } = cli('analyze', `${file}@10`, '--format', 'json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ totals: { macs: 1200 } });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
