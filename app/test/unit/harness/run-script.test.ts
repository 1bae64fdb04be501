/** test/harness/run.sh up to the private world: what it refuses, and which settings cross sudo. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { imageGroups } from '../../suite/parts.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

const app = path.resolve(import.meta.dirname, '../../..');
const runScript = path.join(app, 'test/harness/run.sh');
const rows = (file: string) =>
  readFileSync(path.join(app, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/ +/));
const settings = rows('test/harness/settings.list').map(([name = '']) => name);

describe('run.sh', () => {
  const folder = scratchFolder();

  /** As a user who is not root: `sudo` prints its arguments. */
  function run(words: string[], environment: Record<string, string> = {}) {
    const bin = path.join(folder(), 'bin');
    const tools = path.join(folder(), 'tools');
    mkdirSync(bin, { recursive: true });
    mkdirSync(path.join(tools, 'bin'), { recursive: true });
    for (const [name, text] of [
      ['id', 'echo 1000'],
      ['sudo', 'printf "%s\\n" "$@"'],
    ] as const) {
      writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}\n`);
      chmodSync(path.join(bin, name), 0o755);
    }
    const { status, stdout, stderr } = spawnSync(runScript, words, {
      cwd: folder(),
      encoding: 'utf8',
      timeout: 20_000,
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        NODE: process.execPath,
        TOOLS: tools,
        LAB_LOGS: path.join(folder(), 'logs'),
        ...environment,
      },
    });
    return { status, stderr, argv: stdout.split('\n').slice(0, -1) };
  }

  it('refuses an unknown group of image tests, and lists the groups', () => {
    for (const group of ['nonsense', 're.*', 'always']) {
      const { status, stderr } = run(['image', group]);
      assert.equal(status, 2);
      assert.match(stderr, /^run\.sh: there is no group of image tests ".*"; the groups are: /);
      for (const name of [...imageGroups(), 'two-cards']) assert.ok(stderr.includes(` ${name}`));
    }
  });

  it('takes the files of a group, arguments for mocha, or files', () => {
    const tests = (...words: string[]) =>
      run(['image', ...words]).argv.filter((word) => word.startsWith('test/image/'));
    assert.deepEqual(tests('wifi', '-g', 'joins').slice(1), [
      'test/image/wifi.test.ts',
      'test/image/failover.test.ts',
    ]);
    assert.equal(tests().at(-1), 'test/image/uplink.test.ts');
    assert.deepEqual(tests('test/image/usb.test.ts').slice(1), ['test/image/usb.test.ts']);
  });

  it('hands every setting over to sudo, with whole paths, and leaves out empty ones', () => {
    const values = Object.fromEntries(settings.map((name) => [name, `${name} of ours`]));
    const { argv } = run(['exec', 'true'], {
      ...values,
      NODE: process.execPath,
      TOOLS: 'tools',
      LAB_LOGS: 'logs',
      IMAGE: 'output/image',
      KEEP: '',
    });
    const given = new Set(argv);
    assert.ok(given.has(`IMAGE=${path.join(folder(), 'output/image')}`));
    for (const name of settings) {
      const value = argv.find((word) => word.startsWith(`${name}=`));
      assert.equal(value === undefined, name === 'KEEP', name);
    }
    assert.ok(given.has('REF=REF of ours'));
    assert.deepEqual(argv.slice(-3), [runScript, 'exec', 'true']);
  });

  it('lists every setting that the lab, its tests and its benchmarks read', () => {
    const ofThisMachine = new Set(['PATH', 'SHELL', 'LISTEN', 'ATTACH']);
    const read = new Set<string>();
    const folders = ['demo', 'test/harness', 'test/netns', 'test/image', 'test/bench'];
    for (const place of [...folders, ...packageTests()]) {
      for (const name of readdirSync(path.join(app, place), { recursive: true }) as string[]) {
        if (!/\.(ts|cjs)$/.test(name)) continue;
        const text = readFileSync(path.join(app, place, name), 'utf8');
        const names = /process\.env\.([A-Z0-9_]+)|(?:setting|choices?)(?:<\w+>)?\('([A-Z_]+)'/g;
        for (const [, plain, asked] of text.matchAll(names)) read.add((plain ?? asked)!);
      }
    }
    assert.ok(read.size > 20, 'they are found');
    const missing = [...read].filter(
      (name) => !ofThisMachine.has(name) && !settings.includes(name),
    );
    assert.deepEqual(missing, []);
  });

  const packageTests = () =>
    readdirSync(path.join(app, 'packages'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name === 'netns')
      .map(({ parentPath }) => path.relative(app, path.join(parentPath, 'netns')))
      .filter((name) => !name.includes('node_modules'));

  it('has every file of the image tests in exactly one group', () => {
    const listed = rows('test/image/groups.list').flatMap(([, , ...files]) => files);
    const files = readdirSync(path.join(app, 'test/image'))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => name.replace('.test.ts', ''));
    assert.deepEqual([...listed].sort(), files.sort());
  });
});
