import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildGadget,
  ControllerError,
  GadgetKernelError,
  listControllers,
  readStatus,
  register,
  RegisteredGadget,
  waitForController,
} from '../../src/index.ts';
import { FakeConfigfs } from '../fake-configfs.ts';
import { faultyFiles } from '../faulty-files.ts';
import { richGadget, simpleGadget } from '../gadgets.ts';

describe('bind', () => {
  let configfs: FakeConfigfs;
  let gadget: RegisteredGadget;
  beforeEach(async () => {
    configfs = new FakeConfigfs();
    gadget = await register(buildGadget(simpleGadget()), configfs.options);
  });
  afterEach(() => configfs.dispose());

  const refuses = (promise: Promise<unknown>, message: RegExp) =>
    assert.rejects(promise, (error) => {
      assert.ok(error instanceof ControllerError);
      assert.match(error.message, message);
      return true;
    });
  const second = () => register(buildGadget(simpleGadget({ name: 'g2' })), configfs.options);

  it('takes the only controller, and gives it back', async () => {
    assert.equal(configfs.attribute('g1/UDC'), '');
    assert.equal(await gadget.bind(), 'dummy_udc.0');
    assert.equal(configfs.attribute('g1/UDC'), 'dummy_udc.0');
    assert.equal((await listControllers(configfs.options))[0]?.usedBy, 'g1');
    await gadget.unbind();
    assert.equal(configfs.attribute('g1/UDC'), '');
    assert.equal((await listControllers(configfs.options))[0]?.usedBy, undefined);
  });

  it('does nothing when it is done already', async () => {
    await gadget.unbind();
    await gadget.bind();
    assert.equal(await gadget.bind(), 'dummy_udc.0');
    assert.equal(await gadget.bind('dummy_udc.0'), 'dummy_udc.0');
  });

  it('takes the controller that is free, or the one that is named', async () => {
    configfs.addController('dummy_udc.1');
    assert.equal(await gadget.bind('dummy_udc.1'), 'dummy_udc.1');
    assert.equal(await (await second()).bind(), 'dummy_udc.0');
  });

  it('asks for a name when several are free', async () => {
    configfs.addController('dummy_udc.1');
    await refuses(gadget.bind(), /several .* \(dummy_udc\.0, dummy_udc\.1\); name one/);
    assert.equal(configfs.attribute('g1/UDC'), '');
  });

  it('says who uses a controller', async () => {
    await gadget.bind();
    const other = await second();
    await refuses(other.bind(), /every USB device controller is in use: dummy_udc\.0 by g1/);
    await refuses(other.bind('dummy_udc.0'), /dummy_udc\.0 is in use by g1; unbind that first/);
  });

  it('does not move a bound gadget by itself', async () => {
    configfs.addController('dummy_udc.1');
    await gadget.bind('dummy_udc.0');
    await refuses(gadget.bind('dummy_udc.1'), /bound to the controller dummy_udc\.0, not to/);
  });

  it('says which controllers there are, or that there is none', async () => {
    await refuses(gadget.bind('other'), /no USB device controller other; there is: dummy_udc\.0/);
    const bare = new FakeConfigfs({ controllers: [] });
    const lonely = await register(buildGadget(simpleGadget()), bare.options);
    await refuses(lonely.bind(), /there is no USB device controller; load the driver/);
    await refuses(lonely.bind('dummy_udc.0'), /there is no USB device controller; load/);
    assert.deepEqual(await listControllers(bare.options), []);
    bare.dispose();
  });

  for (const [errno, hint] of [
    ['ENODEV', /FunctionFS without descriptors/],
    ['EBUSY', /too few endpoints/],
    ['EINVAL', /dmesg/],
    ['EIO', /dmesg/],
  ] as const) {
    it(`explains ${errno} from the kernel`, async () => {
      const files = faultyFiles(configfs, 1, errno);
      const refused = new RegisteredGadget('g1', { ...configfs.options, files });
      await assert.rejects(refused.bind(), (error) => {
        assert.ok(error instanceof GadgetKernelError);
        assert.equal(error.errno, errno);
        assert.match(error.hint, hint);
        return true;
      });
    });
  }

  it('waits for a controller that comes late, and no longer than it may', async () => {
    const late = new FakeConfigfs({ controllers: [] });
    let hasAppeared = false;
    const waiting = waitForController({ ...late.options, timeoutMs: 3000 }).then(() => {
      assert.ok(hasAppeared);
    });
    setImmediate(() => {
      hasAppeared = true;
      late.addController('late_udc');
    });
    await waiting;
    await refuses(
      waitForController({ ...late.options, controller: 'later_udc', timeoutMs: 1 }),
      /no USB device controller later_udc; there is: late_udc/,
    );
    await assert.rejects(
      waitForController({
        ...late.options,
        controller: 'later_udc',
        timeoutMs: 60_000,
        signal: AbortSignal.abort(),
      }),
      { name: 'AbortError' },
    );
    late.dispose();
  });
});

describe('status', () => {
  let configfs: FakeConfigfs;
  beforeEach(() => (configfs = new FakeConfigfs()));
  afterEach(() => configfs.dispose());

  it('finds no gadget where there is none', async () => {
    assert.equal(await readStatus('g1', configfs.options), undefined);
    const gadget = await register(buildGadget(simpleGadget()), configfs.options);
    await gadget.remove();
    assert.equal(await gadget.status(), undefined);
  });

  it('reports the reason of the kernel', async () => {
    const gadget = await register(buildGadget(richGadget()), configfs.options);
    const before = await gadget.status();
    assert.equal(before?.controller, undefined);
    assert.deepEqual(
      before?.functions.map((entry) => entry.interfaceName),
      [undefined, undefined, undefined, undefined],
    );
    await gadget.bind();
    writeFileSync(path.join(configfs.udcRoot, 'dummy_udc.0', 'state'), 'configured\n');
    writeFileSync(path.join(configfs.udcRoot, 'dummy_udc.0', 'current_speed'), 'high-speed\n');
    const functionFolder = path.join(configfs.configfsRoot, 'usb_gadget/g1/functions');
    writeFileSync(path.join(functionFolder, 'ncm.usb0/ifname'), 'card0\n');
    assert.deepEqual(await gadget.status(), {
      name: 'g1',
      controller: {
        name: 'dummy_udc.0',
        state: 'configured',
        speed: 'high-speed',
        usedBy: 'g1',
      },
      vendorId: 0x2fe0,
      productId: 0x8b01,
      manufacturer: 'Maker',
      product: 'Thing',
      serialNumber: 'SN-1',
      functions: [
        { driver: 'acm', instance: 'GS0', serialPort: '/dev/ttyGS0' },
        { driver: 'ffs', instance: 'sock' },
        {
          driver: 'ncm',
          instance: 'usb0',
          hostMac: '02:00:00:00:00:01',
          deviceMac: '02:00:00:00:00:02',
          interfaceName: 'card0',
        },
        {
          driver: 'rndis',
          instance: 'usb1',
          hostMac: '02:00:00:00:00:03',
          deviceMac: '02:00:00:00:00:04',
          interfaceName: 'usb1',
        },
      ],
    });
  });
});
