import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  buildGadget,
  ecm,
  GadgetDefinitionError,
  GadgetExistsError,
  GadgetKernelError,
  GadgetPermissionError,
  GadgetUnsupportedError,
  kernelFiles,
  register,
} from '../../src/index.ts';
import { FakeConfigfs } from '../fake-configfs.ts';
import { faultyFiles } from '../faulty-files.ts';
import { macs, richGadget, simpleGadget } from '../gadgets.ts';

describe('register', () => {
  let configfs: FakeConfigfs;
  beforeEach(() => (configfs = new FakeConfigfs()));
  afterEach(() => configfs.dispose());

  it('makes every part of a gadget', async () => {
    await register(buildGadget(richGadget()), configfs.options);
    assert.deepEqual(configfs.tree(), {
      'g1/UDC': '',
      'g1/idVendor': '0x2fe0',
      'g1/idProduct': '0x8b01',
      'g1/bcdDevice': '0x0102',
      'g1/bcdUSB': '0x0200',
      'g1/bDeviceClass': '0xef',
      'g1/bDeviceSubClass': '0x02',
      'g1/bDeviceProtocol': '0x01',
      'g1/bMaxPacketSize0': '64',
      'g1/strings/0x0409/manufacturer': 'Maker',
      'g1/strings/0x0409/product': 'Thing',
      'g1/strings/0x0409/serialnumber': 'SN-1',
      'g1/configs/c.1/bmAttributes': '0xc0',
      'g1/configs/c.1/MaxPower': '100',
      'g1/configs/c.1/strings/': '',
      'g1/configs/c.1/ncm.usb0': '-> g1/functions/ncm.usb0',
      'g1/configs/c.1/rndis.usb1': '-> g1/functions/rndis.usb1',
      'g1/configs/c.1/acm.GS0': '-> g1/functions/acm.GS0',
      'g1/configs/c.1/ffs.sock': '-> g1/functions/ffs.sock',
      'g1/functions/ncm.usb0/host_addr': '02:00:00:00:00:01',
      'g1/functions/ncm.usb0/dev_addr': '02:00:00:00:00:02',
      'g1/functions/ncm.usb0/qmult': '10',
      'g1/functions/ncm.usb0/ifname': 'card%d',
      'g1/functions/ncm.usb0/os_desc/interface.ncm/compatible_id': 'WINNCM',
      'g1/functions/ncm.usb0/os_desc/interface.ncm/sub_compatible_id': '',
      'g1/functions/ncm.usb0/os_desc/interface.ncm/Label/type': '1',
      'g1/functions/ncm.usb0/os_desc/interface.ncm/Label/data': 'a card',
      'g1/functions/rndis.usb1/host_addr': '02:00:00:00:00:03',
      'g1/functions/rndis.usb1/dev_addr': '02:00:00:00:00:04',
      'g1/functions/rndis.usb1/qmult': '5',
      'g1/functions/rndis.usb1/ifname': 'usb%d',
      'g1/functions/rndis.usb1/class': 'ef',
      'g1/functions/rndis.usb1/subclass': '04',
      'g1/functions/rndis.usb1/protocol': '01',
      'g1/functions/rndis.usb1/os_desc/interface.rndis/compatible_id': 'RNDIS',
      'g1/functions/rndis.usb1/os_desc/interface.rndis/sub_compatible_id': '5162001',
      'g1/functions/acm.GS0/port_num': '0',
      'g1/functions/ffs.sock/': '',
      'g1/os_desc/use': '1',
      'g1/os_desc/b_vendor_code': '0xcd',
      'g1/os_desc/qw_sign': 'MSFT100',
      'g1/os_desc/c.1': '-> g1/configs/c.1',
    });
  });

  it('offers no Microsoft descriptors without a function that has one', async () => {
    const functions = [ecm('usb0', macs)];
    await register(buildGadget(simpleGadget({ functions })), configfs.options);
    assert.equal(configfs.attribute('g1/os_desc/use'), '0');
    assert.equal(configfs.attribute('g1/os_desc/c.1'), undefined);
  });

  it('leaves nothing behind, whichever step the kernel refuses', async () => {
    const counting = faultyFiles(configfs, 0, 'EIO');
    const gadget = await register(buildGadget(richGadget()), {
      ...configfs.options,
      files: counting,
    });
    const steps = counting.changes;
    assert.ok(steps > 40, `${steps} steps`);
    await gadget.remove();
    for (let failing = 1; failing <= steps; failing++) {
      const files = faultyFiles(configfs, failing, 'EIO');
      await assert.rejects(
        register(buildGadget(richGadget()), { ...configfs.options, files }),
        (error) => error instanceof GadgetKernelError && error.errno === 'EIO',
        `step ${failing}`,
      );
      assert.deepEqual(configfs.tree(), {}, `step ${failing}`);
    }
  });

  it('leaves a gadget of the same name as it is', async () => {
    await register(buildGadget(simpleGadget()), configfs.options);
    const before = configfs.tree();
    await assert.rejects(register(buildGadget(richGadget()), configfs.options), (error) => {
      assert.ok(error instanceof GadgetExistsError);
      assert.match(error.message, /cannot make gadget g1: EEXIST .* remove the gadget/);
      return true;
    });
    assert.deepEqual(configfs.tree(), before);
  });

  it('names the module of a function that the kernel lacks', async () => {
    const poor = new FakeConfigfs({ withoutFunctions: ['ncm'] });
    await assert.rejects(register(buildGadget(simpleGadget()), poor.options), (error) => {
      assert.ok(error instanceof GadgetUnsupportedError);
      assert.equal(error.hint, 'the kernel has no function ncm; try "modprobe usb_f_ncm"');
      return true;
    });
    assert.deepEqual(poor.tree(), {});
    poor.dispose();
  });

  it('names the setting and the value that the kernel refuses', async () => {
    const gadget = simpleGadget();
    // The 2nd change is idVendor.
    for (const [errno, hint] of [
      ['EINVAL', 'the kernel refuses the value "0x2fe0"'],
      ['ENOENT', 'this kernel is too old for that setting'],
    ] as const) {
      const files = faultyFiles(configfs, 2, errno);
      await assert.rejects(
        register(buildGadget(gadget), { ...configfs.options, files }),
        (error: GadgetKernelError) => error.hint === hint && error.path.endsWith('g1/idVendor'),
      );
    }
  });

  it('says which part of the system is missing, and the next step', async () => {
    const gadgets = path.join(configfs.configfsRoot, 'usb_gadget');
    const failure = async () => {
      const error: unknown = await register(buildGadget(simpleGadget()), configfs.options).catch(
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof GadgetUnsupportedError);
      return error.hint;
    };
    rmSync(gadgets, { recursive: true });
    assert.match(await failure(), /mount -t configfs none .*config"/);
    mkdirSync(path.join(configfs.configfsRoot, 'nullb'));
    assert.equal(await failure(), 'try "modprobe libcomposite" (CONFIG_USB_CONFIGFS)');
    rmSync(configfs.configfsRoot, { recursive: true });
    assert.match(await failure(), /modprobe configfs/);
  });

  it('says that it needs root', async () => {
    const files = faultyFiles(configfs, 1, 'EACCES');
    await assert.rejects(
      register(buildGadget(simpleGadget()), { ...configfs.options, files }),
      (error) => error instanceof GadgetPermissionError && /needs root/.test(error.message),
    );
  });

  it('refuses a definition that was changed after it was built', async () => {
    const definition = { ...buildGadget(simpleGadget()), name: '../elsewhere' };
    await assert.rejects(register(definition, configfs.options), GadgetDefinitionError);
    assert.deepEqual(configfs.tree(), {});
  });

  it('writes attributes without making files that the kernel does not have', async () => {
    const missing = path.join(configfs.configfsRoot, 'missing');
    await assert.rejects(kernelFiles.write(missing, 'x'), { code: 'ENOENT' });
  });
});
