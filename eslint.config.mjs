import { builtinModules } from 'node:module';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const doubleCast = {
  selector: 'TSAsExpression > TSAsExpression.expression[typeAnnotation.type="TSUnknownKeyword"]',
  message: 'A cast through unknown hides a wrong type: narrow it, or mend the declaration.',
};
const plainError = {
  selector: 'NewExpression[callee.name="Error"]',
  message: 'Throw a ProfileError: one line with place, what is wrong and how to fix it.',
};
const zeroForUnknown = [
  'LogicalExpression[operator=/^(\\?\\?|\\|\\|)$/]',
  'AssignmentExpression[operator=/^(\\?\\?|\\|\\|)=$/]',
].map((expression) => ({
  selector: `${expression} > Literal.right[value=0]`,
  message:
    'Unknown is not zero: let it stay undefined, which prints as a dash and is reported as not covered.',
}));
const bareNames = ['FunctionDeclaration', 'VariableDeclaration > VariableDeclarator'].map((declaration) => ({
  selector: `ExportNamedDeclaration > ${declaration} > Identifier.id[name=/^(latency|cost|size|complexity|memory|traffic|mac)$/]`,
  message:
    'Too vague to export: say which one and in what unit (medianLatency, memoryAccessCost, dramBytes, macs).',
}));
const everywhere = [
  {
    selector: "ImportExpression:not([source.type='Literal'])",
    message:
      'Stored compiled code cannot import() what it learns at run time: use importModule of src/cli/import.cjs',
  },
  doubleCast,
  plainError,
  ...bareNames,
];

/** `writeNames.ts`, `names.test.ts`; names of formats and devices are their ids, written as users write them. */
const camelCaseFile = {
  create: (context) => ({
    Program(node) {
      const [name] = context.filename.split(/[\\/]/).at(-1).split('.');
      if (!/^[a-z][a-zA-Z0-9]*$/.test(name))
        context.report({
          node,
          message: `Files are named in camel case: ${name.replace(/[-_]+(.)/g, (_, next) => next.toUpperCase())}`,
        });
    },
  }),
};

export default defineConfig(
  { ignores: ['dist/', 'temp/', 'coverage/', 'reports/', '.cache/', 'test/tools/webGlobals.d.ts'] },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { house: { rules: { 'camel-case-file': camelCaseFile } } },
    rules: {
      'house/camel-case-file': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Operators without attributes have an empty object of them.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // Numbers print as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**', 'architectures/**'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...everywhere],
    },
  },
  {
    files: ['src/{metrics,analysis,report,latency}/**'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...zeroForUnknown] },
  },
  {
    files: ['src/**', 'architectures/**'],
    ignores: [
      'src/cli/**',
      'src/probe/**',
      'src/report/html/page/**',
      'src/report/sweep/page/**',
      'src/explorer/page/**',
    ],
    rules: {
      'no-restricted-globals': [
        'error',
        ...[
          'process',
          'Buffer',
          'require',
          '__dirname',
          '__filename',
          'setImmediate',
          'window',
          'document',
        ].map((name) => ({
          name,
          message: 'The core runs unchanged in Node and in a browser: take what is needed as an argument.',
        })),
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', ...builtinModules],
              message: 'Files and processes belong to src/cli and src/probe.',
            },
          ],
        },
      ],
    },
  },
  { files: ['src/cli/**'], rules: { 'no-console': 'off' } },
  // A page learns where its runtime lies, and takes over what that prints.
  {
    files: ['src/explorer/page/measureWorker.ts'],
    rules: { 'no-console': 'off', 'no-restricted-syntax': ['error', doubleCast, plainError] },
  },
  { files: ['src/devices/*.ts'], rules: { 'house/camel-case-file': 'off' } },
  {
    files: ['test/**'],
    rules: {
      // A test that reads an element that is not there fails anyway.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
