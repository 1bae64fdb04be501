import tseslint from 'typescript-eslint';
import { cycles } from './lint/cycles.js';
import { layers } from './lint/layers.js';

/** Where time comes from, and what still waits by timers of its own. */
const timersOfTheirOwn = [
  'src/{core,platform,dev,code-cache}/**',
  // The script runs in a browser.
  'src/programs/enftun/page/page-script.ts',
  'src/uplink/tls.ts',
  'src/uplink/dns/name-resolver.ts',
];

const plainErrors = {
  selector: "ThrowStatement > NewExpression[callee.name='Error']",
  message: 'Throw one of the error classes of core/errors.ts (or of the package).',
};

const commandLinesOfTheirOwn = {
  selector: "MemberExpression[object.name='process'][property.name='argv']",
  message: 'Read the command line by a table (platform/command-line, test/harness/tool.ts).',
};

const pureLayers = ['core', 'wire', 'router', 'tunnel'];

export default tseslint.config(
  { ignores: ['**/dist/', '**/build/', '**/node_modules/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'lint/*.js', 'test/*.cjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/require-await': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-syntax': ['error', plainErrors],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { enf: { rules: { layers } } },
    rules: { 'enf/layers': 'error' },
  },
  {
    files: ['src/**/*.ts', 'packages/*/src/**/*.ts'],
    plugins: { cycles: { rules: { 'no-cycle': cycles } } },
    rules: { 'cycles/no-cycle': 'error' },
  },
  {
    // Programs get the one clock as a parameter.
    files: ['src/**/*.ts'],
    ignores: timersOfTheirOwn,
    rules: {
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'performance'],
      'no-restricted-imports': ['error', { paths: ['node:timers', 'node:timers/promises'] }],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now' }],
    },
  },
  {
    // State machines and codecs get time, randomness and logs as parameters.
    files: pureLayers.map((layer) => `src/${layer}/**/*.ts`),
    rules: {
      'no-restricted-imports': ['error', { patterns: ['node:*'] }],
      'no-restricted-globals': [
        'error',
        ...[
          'process',
          'console',
          'Buffer',
          'performance',
          'setTimeout',
          'setInterval',
          'setImmediate',
        ],
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now' },
        { object: 'Math', property: 'random' },
      ],
    },
  },
  {
    files: ['**/test/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    // Programs that people start read their command line by a table: --help, and status 2 for a mistake.
    files: ['src/**/*.ts', '{demo,manual}/**/*.ts', 'test/{attack,bench,mutants,suite}/**/*.ts'],
    ignores: ['src/platform/program.ts', 'src/bin/psock-host.ts'],
    rules: {
      'no-restricted-syntax': ['error', plainErrors, commandLinesOfTheirOwn],
    },
  },
  { files: ['**/*.js', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
