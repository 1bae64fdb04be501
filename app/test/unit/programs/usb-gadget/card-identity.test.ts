import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { canonicalMac } from 'usb-gadget';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { readCardIdentity } from '../../../../src/programs/usb-gadget/card-identity.ts';
import { derivedMac, derivedSerial } from '../../../../src/programs/usb-gadget/derived-identity.ts';

describe('identity of the card on USB', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'card-identity-'));
    mkdirSync(path.join(folder, 'mac_address'));
    write('machine-id', '0123456789abcdef0123456789abcdef\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  const read = () => readCardIdentity({ folder, machineIdFile: path.join(folder, 'machine-id') });
  function writeAll(): void {
    write('serial', 'XAP00000000001\n');
    write('mac_address/1', '00:11:22:33:44:55\n');
    write('mac_address/2', '00:11:22:33:44:AA\n');
  }

  it('comes from the identity area, without line ends', async () => {
    writeAll();
    assert.deepEqual(await read(), {
      serial: 'XAP00000000001',
      hostMac: '00:11:22:33:44:55',
      deviceMac: '00:11:22:33:44:aa',
      warnings: [],
    });
  });

  it('derives the addresses that are missing from the serial number', async () => {
    writeAll();
    rmSync(path.join(folder, 'mac_address/2'));
    const identity = await read();
    assert.equal(identity.hostMac, '00:11:22:33:44:55');
    assert.equal(identity.deviceMac, derivedMac('XAP00000000001', 2));
    assert.match(identity.warnings.join(), /no MAC address in .*\/mac_address\/2; using /);
    assert.equal(identity.warnings.length, 1);
  });

  for (const [what, text] of [
    ['a placeholder', '@MAC_ADDR_HOLD_1@\n'],
    ['a group address', '01:11:22:33:44:55\n'],
    ['nothing', ''],
    ['zeroes', '00:00:00:00:00:00\n'],
    ['noise', '\0\xff\n'],
  ] as const) {
    it(`does not use ${what} as an address`, async () => {
      writeAll();
      write('mac_address/1', text);
      const identity = await read();
      assert.equal(identity.hostMac, derivedMac('XAP00000000001', 1));
      assert.equal(identity.warnings.length, 1);
    });
  }

  it('does not use one address for both ends', async () => {
    writeAll();
    write('mac_address/2', '00:11:22:33:44:55\n');
    const identity = await read();
    assert.equal(identity.deviceMac, derivedMac('XAP00000000001', 2));
    assert.match(identity.warnings.join(), /the same MAC address again/);
  });

  for (const [what, text, problem] of [
    [
      'a placeholder',
      '@XAPTUMSERIAL@\n',
      /the serial number in .*\/serial cannot be used.*; using unprovisioned-/,
    ],
    ['an empty one', '\n', /no serial number in .*\/serial; using unprovisioned-/],
    [
      'one with a space',
      'A B\n',
      /the serial number in .*\/serial cannot be used.*; using unprovisioned-/,
    ],
    [
      'one with a comma',
      'A,B\n',
      /the serial number in .*\/serial cannot be used.*; using unprovisioned-/,
    ],
    [
      'one with bytes beyond ASCII',
      'Ä\n',
      /the serial number in .*\/serial cannot be used.*; using unprovisioned-/,
    ],
    [
      'one of 127 letters',
      'x'.repeat(127),
      /the serial number in .*\/serial cannot be used.*; using unprovisioned-/,
    ],
  ] as const) {
    it(`replaces ${what} by one from the machine id`, async () => {
      writeAll();
      write('serial', text);
      const { serial, warnings } = await read();
      assert.equal(serial, derivedSerial('0123456789abcdef0123456789abcdef'));
      assert.match(serial, /^unprovisioned-[0-9a-f]{16}$/);
      assert.match(warnings.join(), problem);
    });
  }

  it('comes up without an identity area, the same every time', async () => {
    rmSync(path.join(folder, 'mac_address'), { recursive: true });
    const identity = await read();
    assert.deepEqual(await read(), identity);
    assert.equal(identity.warnings.length, 3);
    assert.notEqual(identity.hostMac, identity.deviceMac);
    write('machine-id', 'ffffffffffffffffffffffffffffffff\n');
    const other = await read();
    assert.notEqual(other.serial, identity.serial);
    assert.notEqual(other.hostMac, identity.hostMac);
  });

  it('is never the same for two cards by accident', async () => {
    write('machine-id', 'uninitialized\n');
    await assert.rejects(read(), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /neither .*\/serial nor .*\/machine-id identifies this card/);
      return true;
    });
    rmSync(path.join(folder, 'machine-id'));
    await assert.rejects(read(), EnvironmentError);
  });

  it('derives addresses as documented', () => {
    const digest = createHash('sha256').update('usb-gadget mac 1 of XAP00000000001').digest();
    const expected = Buffer.from(digest.subarray(0, 6));
    expected[0] = (expected[0]! | 0x02) & 0xfe;
    assert.equal(derivedMac('XAP00000000001', 1), expected.toString('hex').match(/../g)!.join(':'));
  });

  it('derives only addresses of single stations, locally administered', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 4 }), (serial, number) => {
        const mac = derivedMac(serial, number);
        assert.equal(canonicalMac(mac), mac);
        assert.match(mac, /^.[26ae]:/);
      }),
    );
  });
});
