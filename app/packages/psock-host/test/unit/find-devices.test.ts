import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeviceError } from '../../src/errors.ts';
import { deviceInterfaces, findDevices } from '../../src/find-devices.ts';

describe('cards in sysfs', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'usb-devices-'));
    device('1-1', '2fe0', 1, 5);
    usbInterface('1-1:1.0', '02/0d/00');
    usbInterface('1-1:1.2', 'ff/ab/00');
    mkdirSync(path.join(root, '1-1:1.0/net/enx0'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function device(name: string, vendor: string, bus: number, address: number): void {
    mkdirSync(path.join(root, name));
    const values = { idVendor: vendor, busnum: bus, devnum: address };
    for (const [file, value] of Object.entries(values)) {
      writeFileSync(path.join(root, name, file), `${value}\n`);
    }
  }
  function usbInterface(name: string, text: string): void {
    mkdirSync(path.join(root, name));
    const files = ['bInterfaceClass', 'bInterfaceSubClass', 'bInterfaceProtocol'];
    text.split('/').forEach((value, i) => {
      writeFileSync(path.join(root, name, files[i]!), `${value}\n`);
    });
  }
  const found = () => findDevices(root).map(({ device: name }) => name);

  it('finds the card, where it is, and its network interface', () => {
    assert.deepEqual(findDevices(root), [{ device: '1-1', bus: 1, address: 5 }]);
    assert.deepEqual(deviceInterfaces('1-1', root), ['enx0']);
  });

  it('does not take interfaces that cannot be listed for none', () => {
    assert.deepEqual(deviceInterfaces('1-2', root), []);
    assert.deepEqual(deviceInterfaces('1-1', path.join(root, 'none')), []);
    const net = path.join(root, '1-1:1.0/net');
    rmSync(net, { recursive: true });
    // A loop of links: an error of the system that no privilege hides.
    symlinkSync(net, net);
    assert.throws(
      () => deviceInterfaces('1-1', root),
      (error) => error instanceof DeviceError && /cannot be listed \(ELOOP\)/.test(error.message),
    );
  });

  it('finds several, also behind hubs, and not what belongs to their neighbours', () => {
    device('1-1.4', '2fe0', 1, 9);
    assert.deepEqual(found(), ['1-1']);
    usbInterface('1-1.4:1.2', 'ff/ab/00');
    assert.deepEqual(found().sort(), ['1-1', '1-1.4']);
    device('2-1.1', '2fe0', 2, 3);
    usbInterface('2-1.10:1.2', 'ff/ab/00');
    assert.deepEqual(found().sort(), ['1-1', '1-1.4']);
  });

  it('leaves out other vendors, other interfaces, root hubs and what has no address yet', () => {
    device('1-2', '1d6b', 1, 6);
    usbInterface('1-2:1.0', 'ff/ab/00');
    device('1-3', '2fe0', 1, 7);
    usbInterface('1-3:1.0', 'ff/ab/01');
    device('usb1', '2fe0', 1, 1);
    device('1-4', '2fe0', 1, 0);
    usbInterface('1-4:1.0', 'ff/ab/00');
    assert.deepEqual(found(), ['1-1']);
  });

  it('finds nothing where there is no USB', () => {
    assert.deepEqual(findDevices(path.join(root, 'none')), []);
    assert.deepEqual(deviceInterfaces('9-9', root), []);
  });
});
