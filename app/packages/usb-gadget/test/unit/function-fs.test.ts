import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  FunctionFsMountError,
  functionFsDescriptors,
  functionFsStrings,
  GadgetDefinitionError,
  GadgetUnsupportedError,
  mountFunctionFs,
  openEndpoint0,
  unmountFunctionFs,
  type FunctionFsInterface,
} from '../../src/index.ts';
import { mountOptions, mountPoints } from '../../src/function-fs/mount.ts';

const vendorInterface: FunctionFsInterface = {
  class: 0xff,
  subclass: 0xab,
  protocol: 0,
  nameIndex: 1,
  endpoints: [
    { direction: 'in', transfer: 'bulk' },
    { direction: 'out', transfer: 'bulk' },
    { direction: 'in', transfer: 'interrupt', intervalMs: 4 },
  ],
};

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string) => text.replace(/#.*$/gm, '').replace(/\s/g, '');

describe('FunctionFS descriptors', () => {
  it('describe an interface at full and high speed', () => {
    assert.equal(
      hexOf(functionFsDescriptors(vendorInterface)),
      bytesOf(`
        03000000 50000000 03000000  # v2, 80 bytes, full and high speed
        04000000 04000000           # descriptors of each
        09 04 00 00 03 ff ab 00 01  # full: interface
        07 05 81 02 4000 00         # bulk in, 64
        07 05 02 02 4000 00         # bulk out
        07 05 83 03 4000 04         # interrupt in, every 4 ms
        09 04 00 00 03 ff ab 00 01  # high: interface
        07 05 81 02 0002 00         # bulk in, 512
        07 05 02 02 0002 00         # bulk out
        07 05 83 03 4000 06         # interrupt in, every 2^5 microframes
      `),
    );
  });

  it('give strings, or say that there are none', () => {
    assert.equal(
      hexOf(functionFsStrings(['Hé', 'x'])),
      bytesOf(`02000000 18000000 02000000 01000000  0904 48c3a900 7800`),
    );
    assert.equal(hexOf(functionFsStrings([])), '02000000100000000000000000000000');
  });

  it('ask at least as often as was wished, and never twice as often', () => {
    const interval = fc.integer({ min: 1, max: 255 });
    fc.assert(
      fc.property(interval, (intervalMs) => {
        const endpoints = [{ direction: 'in', transfer: 'interrupt', intervalMs } as const];
        const bytes = functionFsDescriptors({ ...vendorInterface, endpoints });
        assert.equal(bytes[20 + 9 + 6], intervalMs);
        const exponent = bytes.at(-1)!;
        const highMs = 2 ** (exponent - 1) / 8;
        assert.ok(exponent <= 16 && highMs <= intervalMs && highMs * 2 > intervalMs, `${highMs}`);
      }),
    );
  });

  const bulkIn = { direction: 'in', transfer: 'bulk' } as const;
  for (const [what, wrong, problem] of [
    ['no endpoint', { endpoints: [] }, /1\.\.15 endpoints/],
    ['16 endpoints', { endpoints: new Array(16).fill(bulkIn) }, /1\.\.15 endpoints, not 16/],
    ['a class of 9 bits', { class: 256 }, /class is a number/],
    ['a fraction', { protocol: 0.5 }, /protocol is a number/],
    ['a bulk interval', { endpoints: [{ ...bulkIn, intervalMs: 1 }] }, /endpoint 1: a bulk/],
    [
      'an interrupt endpoint without interval',
      { endpoints: [bulkIn, { direction: 'in', transfer: 'interrupt' }] },
      /endpoint 2: an interrupt/,
    ],
    [
      'an interval of 0',
      { endpoints: [{ direction: 'in', transfer: 'interrupt', intervalMs: 0 }] },
      /intervalMs is a number of 1\.\.255/,
    ],
  ] as [string, Partial<FunctionFsInterface>, RegExp][]) {
    it(`refuse ${what}`, () => {
      assert.throws(
        () => functionFsDescriptors({ ...vendorInterface, ...wrong }),
        (error) => error instanceof GadgetDefinitionError && problem.test(error.message),
      );
    });
  }

  it('refuse strings that the kernel would cut', () => {
    for (const text of ['', 'a\0b', 'x'.repeat(127)]) {
      assert.throws(() => functionFsStrings(['ok', text]), /string 2 is empty, longer/);
    }
  });
});

describe('FunctionFS ep0', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'function-fs-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gets descriptors, then strings', async () => {
    const file = path.join(folder, 'ep0');
    writeFileSync(file, '');
    const ep0 = await openEndpoint0(folder, { ...vendorInterface, strings: ['Sockets'] });
    assert.ok(ep0.fd > 2);
    await ep0.close();
    const expected = [functionFsDescriptors(vendorInterface), functionFsStrings(['Sockets'])];
    assert.deepEqual(readFileSync(file), Buffer.concat(expected));
  });

  it('is missed with a word on it, and nothing is written of a wrong description', async () => {
    await assert.rejects(
      openEndpoint0(folder, vendorInterface),
      (error) =>
        error instanceof GadgetUnsupportedError && /no FunctionFS is mounted/.test(error.hint),
    );
    const file = path.join(folder, 'ep0');
    writeFileSync(file, '');
    await assert.rejects(openEndpoint0(folder, { ...vendorInterface, strings: [''] }));
    assert.equal(readFileSync(file, 'utf8'), '');
  });
});

describe('FunctionFS mount', () => {
  it('gives the files to a user, closed to others by default', () => {
    assert.equal(mountOptions({}), 'uid=0,gid=0,rmode=0500,fmode=0600,no_disconnect=1');
    assert.equal(
      mountOptions({ uid: 5, gid: 6, fileMode: 0o660, folderMode: 0o550, staysConnected: false }),
      'uid=5,gid=6,rmode=0550,fmode=0660,no_disconnect=0',
    );
  });

  it('is found again wherever it is', () => {
    const mountInfo = [
      '22 1 0:20 / /sys rw,nosuid - sysfs sysfs rw',
      '50 1 0:40 / /dev/sock rw shared:5 - functionfs sock rw,relatime',
      '51 1 0:41 / /dev/other rw - functionfs other rw',
      '52 1 0:40 / /tmp/a\\040b\\134c rw master:1 shared:2 - functionfs sock rw',
      '53 1 0:42 / /mnt/sock rw - ext4 sock rw',
      'nonsense',
      '',
    ].join('\n');
    assert.deepEqual(mountPoints(mountInfo, 'sock'), ['/tmp/a b\\c', '/dev/sock']);
    assert.deepEqual(mountPoints(mountInfo, 'none'), []);
  });

  it('takes any text for a list of mounts', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('functionfs', ' ', '-', '\n', 'a', '\\04') }),
        (text) => {
          assert.ok(Array.isArray(mountPoints(text, 'a')));
        },
      ),
    );
  });

  it('reports what the tool said', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'function-fs-'));
    const missing = path.join(folder, 'missing');
    mkdirSync(folder, { recursive: true });
    await assert.rejects(mountFunctionFs('no-such-function', missing), (error) => {
      assert.ok(error instanceof FunctionFsMountError);
      assert.match(
        error.message,
        /cannot mount FunctionFS no-such-function on .*missing: .+; is there/,
      );
      return true;
    });
    rmSync(folder, { recursive: true });
    await unmountFunctionFs('no-such-function');
  });
});
