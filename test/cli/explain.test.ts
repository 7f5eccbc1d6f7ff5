import stringWidth from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/analysis/explain/explain.ts';
import { FLOP_CONVENTIONS } from '../../src/metrics/conventions/flops.ts';
import { run } from './run.ts';

describe('explain', () => {
  it.each([80, 120])('fits %i columns', async (columns) => {
    for (const name of ['peleenet', 'yolov4', 'lrf512-vgg16']) {
      const { stdout, code } = await run(['explain', name, '--conventions'], { columns, isTTY: true });
      expect(code).toBe(0);
      expect(Math.max(...stdout.split('\n').map((line) => stringWidth(line))), name).toBeLessThanOrEqual(
        columns,
      );
    }
  });

  it('shows totals, what lies between them, and what could be cheaper', async () => {
    const { stdout } = await run(['explain', 'darknet53', '--conventions'], { columns: 100 });
    expect(stdout).toMatch(/^darknet +18\.58 G +1\.000 /m);
    expect(stdout).toMatch(/^thop +9\.335 G +0\.503 +1 softmax /m);
    expect(stdout).toMatch(/^fvcore 9\.310 G from darknet 18\.58 G: -9\.266 G$/m);
    expect(stdout).toMatch(/^- 9309954048 = 18575736832 \+ the changes below \+ a residual of 0$/m);
    expect(stdout).toMatch(/^conv +multiply-accumulates +9\.285 G +2 +1 +-9\.285 G$/m);
    expect(stdout).toMatch(/33\.4 % fewer FLOPs in all/);
    expect(stdout).toMatch(/^#13-36 +1\/8 +residual +-2\.383 G /m);
  });

  it('compares with the convention asked for', async () => {
    const { stdout } = await run(['explain', 'resnet50', '--flops', 'fvcore', '--format', 'json']);
    const { conventions, reconciliations } = JSON.parse(stdout) as Explanation;
    expect(conventions.flops).toBe('fvcore');
    expect(reconciliations).toHaveLength(FLOP_CONVENTIONS.length - 1);
    expect(reconciliations.every(({ base, residual }) => base === 'fvcore' && residual === 0)).toBe(true);
  });

  it('writes Markdown', async () => {
    const { stdout } = await run(['explain', 'cspresnext50', '--conventions', '--format', 'markdown']);
    expect(stdout).toMatch(/^## cspresnext50: FLOPs as different tools count them$/m);
    expect(stdout).toMatch(/^\| conv \| multiply-accumulates \| 3\.965 G \| 2 \| 1 \| -3\.965 G \|$/m);
  });

  it.each([
    ['no model', ['explain'], /<model> is missing/],
    ['an unknown convention', ['explain', 'resnet50', '--flops', 'mine'], /CSP103/],
    ['an unknown format', ['explain', 'resnet50', '--format', 'csv'], /use one of table, markdown, json/],
  ])('%s: one line', async (_, argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^csp-profile: [^\n]+ \(fix: [^\n]+\) CSP\d+\n$/);
  });
});
