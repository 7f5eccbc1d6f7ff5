import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Generator } from './generate.ts';

const AREAS: Readonly<Record<string, string>> = {
  '1': 'Binding of extents',
  '2': 'Shapes and counts',
  '3': 'Reading models',
  '4': 'Writing models',
  '5': 'Devices',
  '6': 'Gate',
  '7': 'Probe',
  '8': 'Command line and files',
};

/** One way in which a code is given. */
interface Use {
  readonly message: string;
  readonly fix: string;
}

/** What an expression says, `…` for what only a run knows. */
function textOf(node: ts.Expression | undefined): string {
  if (node === undefined) return '…';
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (ts.isConditionalExpression(node)) return `${textOf(node.whenTrue)} / ${textOf(node.whenFalse)}`;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return textOf(node.left) + textOf(node.right);
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  return '…';
}

const CODE = /^CSP\d{3}$/;

/** Every diagnostic that a file makes: the code and the two texts behind it. */
function usesIn(file: string): readonly (readonly [code: string, use: Use])[] {
  const uses: (readonly [string, Use])[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) && CODE.test(node.text)) {
      const { parent } = node;
      const given: readonly ts.Expression[] =
        ts.isCallExpression(parent) || ts.isNewExpression(parent) ? (parent.arguments ?? []) : [];
      const after = given.slice(given.indexOf(node) + 1);
      uses.push([node.text, { message: textOf(after[0]), fix: textOf(after[1]) }]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return uses;
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();

const cell = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

/** Every error and warning: its code, what it says and what to do, from the places that make it. */
export const errorCodes: Generator = () => {
  const codes = new Map<string, Use[]>();
  for (const file of ['src', 'architectures'].flatMap(filesIn))
    for (const [code, use] of usesIn(file)) {
      const known = codes.get(code) ?? [];
      codes.set(code, known);
      const isNew = !known.some(({ message, fix }) => message === use.message && fix === use.fix);
      if (isNew && (use.message !== '…' || use.fix !== '…')) known.push(use);
    }
  const sorted = [...codes].sort(([a], [b]) => (a < b ? -1 : 1));
  const sections = Object.entries(AREAS).flatMap(([digit, area]) => {
    const own = sorted.filter(([code]) => code[3] === digit);
    if (own.length === 0) return [];
    return [
      `## CSP${digit}xx: ${area}`,
      '',
      ...own.flatMap(([code, uses]) => [
        `### ${code}`,
        '',
        '| what it says | what to do |',
        '| :-- | :-- |',
        ...(uses.length === 0
          ? ['| … | … |']
          : uses.map(({ message, fix }) => `| ${cell(message)} | ${cell(fix)} |`)),
        '',
      ]),
    ];
  });
  return new Map([
    [
      'reports/guide/errors.md',
      [
        '# Error codes',
        '',
        'Every error and every warning ends with a code. The tables have all texts behind each, as the program has',
        'them; `…` stands for what only a run knows, such as a name or a number. `npm run generate` writes this page',
        'from the source, so that no code is missing. Exit codes: 0 ok, 1 a gate or check failed, 2 usage or input,',
        '130 interrupted.',
        '',
        ...sections,
      ].join('\n'),
    ],
  ]);
};
