/**
 * The package on a real kernel: gadgets bound to dummy_hcd, whose other end is a USB host in the same kernel, which
 * reads the descriptors back. Runs as root in a virtual machine with the modules dummy_hcd, usb_f_{ncm,ecm,rndis,acm,
 * fs,mass_storage}, cdc_ncm, cdc_ether, rndis_host and cdc_acm; how to bundle and start it: README.md.
 * With node:test, because nothing but Node.js is installed there.
 */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, test as nodeTest } from 'node:test';
import {
  acm,
  buildGadget,
  ControllerError,
  ecm,
  functionFs,
  GadgetExistsError,
  GadgetKernelError,
  GadgetUnsupportedError,
  kernelFiles,
  listControllers,
  mountFunctionFs,
  ncm,
  openEndpoint0,
  register,
  remove,
  rndis,
  unmountFunctionFs,
  type GadgetFunction,
  type GadgetSpec,
} from '../../src/index.ts';
import { dyingFiles } from '../dying-files.ts';
import { faultyFiles } from '../faulty-files.ts';
import { findUsbDevice, networkInterface, until } from './usb-host.ts';

const gadgets = '/sys/kernel/config/usb_gadget';
const ids = ['1d6b', '0104'] as const;
const hostMac = '02:12:34:56:78:01';
const deviceMac = '02:12:34:56:78:02';

function spec(functions: readonly GadgetFunction[], more: Partial<GadgetSpec> = {}): GadgetSpec {
  return {
    name: 'selftest',
    vendorId: 0x1d6b,
    productId: 0x0104,
    deviceVersion: 0x0203,
    strings: { manufacturer: 'Maker, Inc.', product: 'Thing ä', serialNumber: 'SELFTEST01' },
    functions,
    ...more,
  };
}

const appears = (serial = 'SELFTEST01') =>
  until('the device at the host', () => {
    const device = findUsbDevice(...ids, serial);
    // The host reads the strings first and makes the interfaces after.
    return device && device.interfaces.length > 0 ? device : undefined;
  });
const disappears = () =>
  until('the device to leave the host', () => (findUsbDevice(...ids) ? undefined : true));
const hostInterface = () =>
  until('the network interface of the host', () => networkInterface(hostMac));

/** No gadget of any name, and no controller in use. */
async function assertNothingLeft(): Promise<void> {
  assert.deepEqual(readdirSync(gadgets), []);
  for (const { name, usedBy } of await listControllers()) assert.equal(usedBy, undefined, name);
  await disappears();
}

const rich = () =>
  spec([
    ncm('usb0', {
      hostMac,
      deviceMac,
      interfacePattern: 'card%d',
      microsoft: {
        compatibleId: 'WINNCM',
        properties: [{ name: 'Label', type: 'string', value: 'a card' }],
      },
    }),
    acm('GS0'),
    functionFs('sock'),
  ]);

/** One after the other; node:test awaits what it returns by itself. */
function test(title: string, run: () => Promise<void>): void {
  void nodeTest(title, { concurrency: false, timeout: 120_000 }, run);
}

// It counts what is left, and clears up after a failure: not beside a device that is in use.
const others = readdirSync(gadgets);
if (others.length > 0) {
  console.error(`self-test: remove these gadgets first: ${others.join(', ')}`);
  process.exit(2);
}

afterEach(async () => {
  for (const name of readdirSync(gadgets)) await remove(name);
});

const kinds = [
  {
    kind: 'ncm',
    make: ncm,
    classes: ['02/0d/00', '0a/00/01'],
    association: '02/0d/00',
    driver: 'cdc_ncm',
    compatible: ['WINNCM', ''],
  },
  {
    kind: 'ecm',
    make: ecm,
    classes: ['02/06/00', '0a/00/00'],
    association: '02/06/00',
    driver: 'cdc_ether',
  },
  {
    kind: 'rndis',
    make: rndis,
    classes: ['02/02/ff', '0a/00/00'],
    association: 'ef/04/01',
    driver: 'rndis_host',
    compatible: ['RNDIS', '5162001'],
  },
] as const;
for (const { kind, make, classes, association, driver, ...rest } of kinds) {
  test(`${kind} and a console reach the host as defined`, async () => {
    await assertNothingLeft();
    const gadget = await register(
      buildGadget(spec([make('usb0', { hostMac, deviceMac }), acm('GS0')])),
    );
    assert.equal(networkInterface(hostMac), undefined);
    await gadget.bind();
    const device = await appears();
    const { manufacturer, product, serial, usbVersion, deviceVersion } = device;
    assert.deepEqual(
      { manufacturer, product, serial, usbVersion, deviceVersion },
      {
        manufacturer: 'Maker, Inc.',
        product: 'Thing ä',
        serial: 'SELFTEST01',
        usbVersion: '2.00',
        deviceVersion: '0203',
      },
    );
    assert.equal(device.class, 'ef/02/01');
    assert.equal(device.attributes, '80');
    assert.equal(device.maxPower, '500mA');
    assert.deepEqual(
      device.interfaces.map((entry) => entry.class),
      [...classes, '02/02/01', '0a/00/00'],
    );
    assert.deepEqual(
      device.interfaces.slice(0, 2).map((entry) => entry.association),
      [association, association],
    );
    assert.equal((await hostInterface()).driver, driver);
    const bound = await until('all drivers', () => {
      const drivers = findUsbDevice(...ids)?.interfaces.map((entry) => entry.driver);
      return drivers?.length && drivers.every((name) => name !== undefined) ? drivers : undefined;
    });
    assert.deepEqual(bound, [driver, driver, 'cdc_acm', 'cdc_acm']);

    const status = await gadget.status();
    assert.equal(status?.controller?.state, 'configured');
    assert.equal(status.controller.speed, 'high-speed');
    assert.equal(status.controller.usedBy, 'selftest');
    const [line, link] = status.functions.sort((a) => (a.driver === 'acm' ? -1 : 1));
    assert.ok(existsSync(line!.serialPort!));
    assert.equal(networkInterface(deviceMac)?.name, link!.interfaceName);
    assert.deepEqual([link!.hostMac, link!.deviceMac], [hostMac, deviceMac]);
    if ('compatible' in rest) {
      const place = `${gadgets}/selftest/functions/${kind}.usb0/os_desc/interface.${kind}`;
      const read = (name: string) =>
        readFileSync(path.join(place, name), 'utf8').replace(/[\n\0]/g, '');
      assert.deepEqual(['compatible_id', 'sub_compatible_id'].map(read), rest.compatible);
    }

    await gadget.unbind();
    await disappears();
    assert.equal(networkInterface(hostMac), undefined);
    await gadget.bind();
    await appears();
    await hostInterface();
    assert.equal(await gadget.remove(), true);
    await assertNothingLeft();
    assert.equal(networkInterface(deviceMac), undefined);
    assert.equal(await gadget.remove(), false);
  });
}

test('self-powered, with less power and an extended property', async () => {
  const gadget = await register(
    buildGadget({
      ...rich(),
      functions: rich().functions.slice(0, 1),
      isSelfPowered: true,
      maxPowerMilliamps: 100,
    }),
  );
  await gadget.bind();
  const device = await appears();
  assert.equal(device.attributes, 'c0');
  assert.equal(device.maxPower, '100mA');
  assert.match((await gadget.status())?.functions[0]?.interfaceName ?? '', /^card\d+$/);
  await gadget.remove();
  await assertNothingLeft();
});

const sockets = {
  class: 0xff,
  subclass: 0xab,
  protocol: 0,
  nameIndex: 1,
  endpoints: [
    { direction: 'in', transfer: 'bulk' },
    { direction: 'out', transfer: 'bulk' },
    { direction: 'in', transfer: 'interrupt', intervalMs: 4 },
  ],
  strings: ['Sockets'],
} as const;

async function withSockets(staysConnected: boolean) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sockets-'));
  const functions = [ecm('usb0', { hostMac, deviceMac }), functionFs('sockets')];
  const gadget = await register(buildGadget(spec(functions)));
  await assert.rejects(gadget.bind(), (error) => {
    assert.ok(error instanceof GadgetKernelError);
    assert.equal(error.errno, 'EBUSY');
    assert.match(error.hint, /FunctionFS without descriptors/);
    return true;
  });
  await mountFunctionFs('sockets', folder, { staysConnected });
  const ep0 = await openEndpoint0(folder, sockets);
  await gadget.bind();
  const device = await appears();
  await hostInterface();
  return { folder, gadget, ep0, device };
}

test('FunctionFS: not before its descriptors, beside Ethernet, and the gadget ends with its ep0', async () => {
  const { folder, ep0, device } = await withSockets(false);
  const vendor = device.interfaces.find((entry) => entry.class === 'ff/ab/00');
  assert.equal(vendor?.name, 'Sockets');
  assert.deepEqual(
    vendor.endpoints
      .map(({ type, packetBytes, interval }) => `${type} ${packetBytes} ${interval}`)
      .sort(),
    ['Bulk 512 0ms', 'Bulk 512 0ms', 'Interrupt 64 4ms'],
  );
  assert.deepEqual(readdirSync(folder).sort(), ['ep0', 'ep1', 'ep2', 'ep3']);

  await ep0.close();
  await disappears();
  assert.equal(networkInterface(hostMac), undefined);
  assert.equal(await remove('selftest'), true);
  assert.deepEqual(readdirSync(folder), []);
  rmdirSync(folder);
  await assertNothingLeft();
});

test('FunctionFS: stays connected without its process, if mounted so, until the next one opens it', async () => {
  const { folder, gadget, ep0 } = await withSockets(true);
  await ep0.close();
  assert.equal((await gadget.status())?.controller?.state, 'configured');
  assert.ok(networkInterface(hostMac));
  const next = await openEndpoint0(folder, sockets);
  await disappears();
  assert.equal((await gadget.status())?.controller, undefined);
  await gadget.bind();
  await appears();
  await gadget.remove();
  await next.close();
  await assertNothingLeft();
});

test('FunctionFS: removed while mounted and in use', async () => {
  const { folder, gadget, ep0 } = await withSockets(true);
  assert.equal(await gadget.remove(), true);
  await assertNothingLeft();
  await ep0.close();
  // Busy when it was to be unmounted; without its function it holds nothing any more.
  await unmountFunctionFs('sockets');
  assert.deepEqual(readdirSync(folder), []);
});

test('one gadget per controller, and the names of those in the way', async () => {
  const gadget = await register(buildGadget(spec([acm('GS0')])));
  const [controller] = await listControllers();
  await gadget.bind();
  const other = await register(buildGadget(spec([acm('GS1')], { name: 'other' })));
  await assert.rejects(
    other.bind(controller!.name),
    (error) => error instanceof ControllerError && /in use by selftest/.test(error.message),
  );
  await assert.rejects(register(buildGadget(spec([acm('GS1')]))), GadgetExistsError);
  await gadget.remove();
  await other.bind();
  await appears();
  await other.remove();
  await assertNothingLeft();
});

test('the kernel says what it lacks, and nothing is left', async () => {
  const unknown: GadgetFunction = { ...acm('x'), driver: 'nosuch' };
  await assert.rejects(register(buildGadget(spec([unknown]))), (error) => {
    assert.ok(error instanceof GadgetUnsupportedError);
    assert.match(error.hint, /no function nosuch; try "modprobe usb_f_nosuch"/);
    return true;
  });
  await assertNothingLeft();
});

test('removal after dying at every step', async () => {
  const counting = faultyFiles(kernelFiles, 0, 'EIO');
  await register(buildGadget(rich()), { files: counting });
  await remove('selftest');
  for (let made = 1; made < counting.changes; made++) {
    const files = dyingFiles(kernelFiles, made);
    await assert.rejects(register(buildGadget(rich()), { files }));
    assert.deepEqual(readdirSync(gadgets), ['selftest']);
    assert.equal(await remove('selftest'), true, `step ${made}`);
    assert.deepEqual(readdirSync(gadgets), [], `step ${made}`);
  }
  await assertNothingLeft();
});

test('removal of what others made', async () => {
  const gadget = await register(buildGadget(spec([acm('GS0')])));
  const place = (...words: string[]) => path.join(gadgets, 'selftest', ...words);
  await kernelFiles.makeFolder(place('functions/mass_storage.disk'));
  await kernelFiles.makeFolder(place('functions/mass_storage.disk/lun.1'));
  await kernelFiles.makeFolder(place('configs/other.2'));
  await kernelFiles.makeFolder(place('configs/other.2/strings/0x407'));
  await kernelFiles.makeFolder(place('strings/0x407'));
  writeFileSync(place('strings/0x407/product'), 'Ding');
  await kernelFiles.link(place('functions/mass_storage.disk'), place('configs/other.2/any'));
  // The manners on which the removal rests.
  await assert.rejects(kernelFiles.removeFolder(place('functions/mass_storage.disk/lun.0')), {
    code: 'EPERM',
  });
  await assert.rejects(kernelFiles.removeFolder(place('functions')), { code: 'EPERM' });
  await assert.rejects(kernelFiles.removeFolder(place('functions/mass_storage.disk')), {
    code: /EBUSY|ENOTEMPTY/,
  });
  await gadget.bind();
  await appears();
  assert.equal(await remove('selftest'), true);
  await assertNothingLeft();
});

test('removal of a camera, whose parts link to each other', async () => {
  const gadget = await register(buildGadget(spec([acm('GS0')])));
  const camera = path.join(gadgets, 'selftest/functions/uvc.camera');
  const make = (...words: string[]) => kernelFiles.makeFolder(path.join(camera, ...words));
  const link = (target: string, place: string) =>
    kernelFiles.link(path.join(camera, target), path.join(camera, place));
  await make();
  await make('control/header/h');
  await link('control/header/h', 'control/class/fs/h');
  await make('streaming/uncompressed/u');
  await make('streaming/uncompressed/u/360p');
  await make('streaming/header/h');
  await link('streaming/uncompressed/u', 'streaming/header/h/u');
  await link('streaming/header/h', 'streaming/class/hs/h');
  await kernelFiles.link(camera, path.join(gadgets, 'selftest/configs/c.1/uvc.camera'));
  assert.equal(await gadget.remove(), true);
  await assertNothingLeft();
});

test('twenty plugs and unplugs leave nothing behind', async () => {
  for (let round = 0; round < 20; round++) {
    const gadget = await register(buildGadget(spec([ncm('usb0', { hostMac, deviceMac })])));
    await gadget.bind();
    await hostInterface();
    await gadget.remove();
  }
  await assertNothingLeft();
});
