import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { square } from '../../src/ops/window.ts';

/** What a file may call its network, layers, operators, stages and ports. */
export const HOSTILE: readonly string[] = [
  '<script>window.hacked=1</script>',
  '</script><script>window.hacked=1</script>',
  '<img src=x onerror=window.hacked=1>',
  '<svg onload=window.hacked=1>',
  '"><b>x</b>',
  "' onmouseover='window.hacked=1",
  '<!-- x -->',
  ']]>',
  '&lt;b&gt; &amp; &#60;',
  '<?xml version="1.0"?>',
  '${{ secrets.TOKEN }}',
  '{{ constructor.constructor("window.hacked=1")() }}',
  '${window.hacked=1}',
  '<%= 1 %>',
  '{% raw %}',
  "datum['x']",
  'datum.x + toString()',
  '{"expr": "1"}',
  '[click](javascript:window.hacked=1)',
  '![x](https://example.org/x.png)',
  'https://example.org/x',
  '`code` **bold** ~~gone~~ | cell',
  '@everyone #1',
  '# heading',
  '::error::boo',
  '  ::set-output name=x::y',
  '::stop-commands::x',
  '##[error]boo',
  '##vso[task.setvariable variable=x]y',
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\u009b31m',
  'a\rb',
  'a\nb\n::error::c',
  'a\u2028b\u2029c',
  'a\u0000b',
  '\u202egnp.exe',
  '\u2066a\u2069\u200b\ufeff',
  'soft\u00adhyphen \u180e\ufff9 \u{e0041}\u{e007f}',
  '=1+1',
  '=HYPERLINK("https://example.org")',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1+1',
  '%0A::error::x',
  '\\N \\G "quoted" {a|b}',
  'lone \ud800 and \udc00',
  '\uffff\ufffe',
  '</SCRIPT ><img src=x onerror=window.hacked=1>',
  '<!--<script>window.hacked=1',
  '--><script>window.hacked=1</script>',
  '<svg/onload=window.hacked=1//',
  '<img src=https://example.invalid/a.png onerror="window.hacked=1">',
  '"><iframe src=javascript:window.hacked=1>',
  '" autofocus onfocus="window.hacked=1',
  '<style>*{display:none}</style>',
  '</style><script>window.hacked=1</script>',
  '</title><script>window.hacked=1</script>',
  '<link rel=stylesheet href=https://example.invalid/a.css>',
  '<meta http-equiv=refresh content="0;url=https://example.invalid">',
  '<base href=https://example.invalid/>',
  '<a href="javascript:window.hacked=1">a</a>',
  '<math><mi xlink:href="javascript:window.hacked=1">',
  '<foreignObject><body onload=window.hacked=1>',
  'javascript:window.hacked=1',
  'data:text/html,<script>window.hacked=1</script>',
  'datum.constructor.constructor("window.hacked=1")()',
  '[0].constructor',
  'a.b[c]\\.d',
  '%3Cscript%3E',
  '__proto__',
  'constructor',
  '<!--data-->',
  '<!--title-->',
];

/** A network with the name in every place that a file can put one. */
export function hostile(name: string, outChannels: number): Graph {
  const builder = new GraphBuilder({ name, source: name, format: 'darknet' });
  const origin = { format: 'darknet', file: name, line: 3, section: name, index: 0 } as const;
  const x = builder.input(name, { dtype: 'float32', shape: [1, 3, 8, 8] });
  builder.layer({ name, origin, stage: name });
  const attrs = { ...square(3, 1, 1), outChannels, groups: 1, bias: false };
  const y = builder.add('conv', [x], attrs);
  builder.layer({ name: `${name}2`, origin: { ...origin, line: 9, index: 1 }, stage: name });
  const z = builder.add('opaque', [y], {
    op: name,
    outputs: [{ dtype: 'float32', shape: [1, outChannels, 8, 8] }],
  });
  builder.output(name, z);
  return builder.build();
}

/** One network in which every layer, its operator, its stage and its place have a hostile name. */
export function hostileNetwork(name: string): Graph {
  const builder = new GraphBuilder({ name, source: name, format: 'darknet' });
  let x = builder.input(name, { dtype: 'float32', shape: [1, 4, 8, 8] });
  HOSTILE.forEach((hostileName, index) => {
    const origin = {
      format: 'darknet',
      file: hostileName,
      line: index,
      section: hostileName,
      index,
    } as const;
    builder.layer({ name: hostileName, origin, stage: hostileName });
    x = builder.add('conv', [x], {
      ...square(3, 1, 1),
      outChannels: 4 + (index % 3),
      groups: 1,
      bias: false,
    });
    builder.layer({ name: hostileName, origin, stage: hostileName });
    const outputs = [{ dtype: 'float32', shape: [1, 4 + (index % 3), 8, 8] }] as const;
    x = builder.add('opaque', [x], { op: hostileName, outputs });
  });
  builder.output(name, x);
  return builder.build();
}
