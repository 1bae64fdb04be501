import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FunctionFsMountError, type GadgetDefinition, type GadgetStatus } from 'usb-gadget';
import { FakeConfigfs } from '../../../../packages/usb-gadget/test/fake-configfs.ts';
import { faultyFiles } from '../../../../packages/usb-gadget/test/faulty-files.ts';
import type { SocketFunctionSystem } from '../../../../src/service/gadget/socket-function.ts';
import { runGadget } from '../../../../src/service/gadget/program.ts';

describe('usb-gadget', () => {
  let folder: string;
  let configfs: FakeConfigfs;
  let socketFunction: SocketFunctionSystem;
  let socketEvents: string[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'usb-gadget-'));
    configfs = new FakeConfigfs();
    socketEvents = [];
    const controller = () => configfs.attribute('g1/UDC') || 'nothing';
    socketFunction = {
      describe: () => {
        socketEvents.push(`described, bound to ${controller()}`);
        return Promise.resolve({ fd: 7, close: () => Promise.resolve() });
      },
      keep: ({ fd }) => {
        socketEvents.push(`${fd} kept, bound to ${controller()}`);
        return Promise.resolve(true);
      },
    };
    const rom = path.join(folder, 'rom');
    mkdirSync(path.join(rom, 'mac_address'), { recursive: true });
    writeFileSync(path.join(rom, 'serial'), 'XAP00000000001\n');
    writeFileSync(path.join(rom, 'mac_address/1'), '00:11:22:33:44:01\n');
    writeFileSync(path.join(rom, 'mac_address/2'), '00:11:22:33:44:02\n');
    configure({});
  });
  afterEach(() => {
    configfs.dispose();
    rmSync(folder, { recursive: true });
  });

  function configure(settings: object): void {
    const all = { product: 'xaprw001', identity: path.join(folder, 'rom'), ...settings };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(all));
  }

  /** `FILE` in the words stands for the configuration. */
  async function run(words: string, kernel = configfs.options) {
    const printed = { out: '', err: '' };
    const status = await runGadget({
      argv: words.split(' ').map((word) => word.replace('FILE', path.join(folder, 'config.json'))),
      stdout: (text) => (printed.out += text),
      stderr: (text) => (printed.err += text),
      kernel,
      machineIdFile: path.join(folder, 'machine-id'),
      socketFunction,
    });
    return { status, ...printed };
  }
  async function done(words: string): Promise<string> {
    const { status, out, err } = await run(words);
    assert.equal(err, '');
    assert.equal(status, 0);
    return out;
  }

  it('creates the card, and tells what it is', async () => {
    const out = await done('create -c FILE');
    assert.equal(
      out,
      [
        'gadget    g1, on dummy_udc.0 (not attached, UNKNOWN)',
        'device    2fe0:8b02 "Xaptum, Inc." "ENF Router Card with Wi-Fi"',
        'serial    XAP00000000001',
        "ncm.usb0  (no interface yet), this end 00:11:22:33:44:02, host's end 00:11:22:33:44:01",
        '',
      ].join('\n'),
    );
    assert.equal(await done('status'), out);
    const tree = configfs.tree();
    assert.equal(tree['g1/UDC'], 'dummy_udc.0');
    assert.equal(tree['g1/strings/0x0409/serialnumber'], 'XAP00000000001');
    assert.equal(tree['g1/functions/ncm.usb0/os_desc/interface.ncm/compatible_id'], 'WINNCM');
  });

  for (const [name, id, product] of [
    ['xaprc001', '0x8b01', 'ENF Router Card'],
    ['xaprw001', '0x8b02', 'ENF Router Card with Wi-Fi'],
  ] as const) {
    it(`knows the ${name}`, async () => {
      configure({ product: name });
      await done('create -c FILE');
      const tree = configfs.tree();
      assert.equal(tree['g1/idVendor'], '0x2fe0');
      assert.equal(tree['g1/idProduct'], id);
      assert.equal(tree['g1/strings/0x0409/manufacturer'], 'Xaptum, Inc.');
      assert.equal(tree['g1/strings/0x0409/product'], product);
      assert.equal(tree['g1/bcdUSB'], '0x0200');
      assert.equal(tree['g1/bcdDevice'], '0x0000');
    });
  }

  it('uses the function and adds the console that the configuration names', async () => {
    for (const kind of ['ecm', 'rndis', 'ncm']) {
      configure({ function: kind, console: true });
      await done('create -c FILE');
      const links = Object.keys(configfs.tree()).filter(
        (name) => name.includes('c.1/') && /\.(usb0|GS0)$/.test(name),
      );
      assert.deepEqual(links.sort(), ['g1/configs/c.1/acm.GS0', `g1/configs/c.1/${kind}.usb0`]);
    }
    assert.match(await done('status'), /^acm\.GS0 +\/dev\/ttyGS0$/m);
  });

  it('describes psock before it binds, and leaves it with its keeper after', async () => {
    configure({ psock: true });
    await done('create -c FILE');
    assert.deepEqual(socketEvents, ['described, bound to nothing', '7 kept, bound to dummy_udc.0']);
    const tree = Object.keys(configfs.tree());
    assert.ok(tree.includes('g1/configs/c.1/ffs.psock'), tree.join(' '));
  });

  it('goes without psock where there is none: the Ethernet link matters more', async () => {
    configure({ psock: true });
    socketFunction.describe = () => Promise.reject(new FunctionFsMountError('no functionfs'));
    const { status, err } = await run('create -c FILE');
    assert.equal(status, 0);
    assert.equal(err, 'usb-gadget: warning: goes on without psock: no functionfs\n');
    assert.equal(configfs.attribute('g1/UDC'), 'dummy_udc.0');
    assert.equal(Object.keys(configfs.tree()).includes('g1/configs/c.1/ffs.psock'), false);
  });

  it('warns when nobody keeps psock', async () => {
    configure({ psock: true });
    socketFunction.keep = () => Promise.resolve(false);
    const { status, err } = await run('create -c FILE');
    assert.equal(status, 0);
    assert.match(err, /nobody keeps psock: run this as a unit/);
  });

  it('destroys the card, once or again', async () => {
    await done('create -c FILE');
    assert.equal(await done('destroy'), 'g1: removed\n');
    assert.deepEqual(configfs.tree(), {});
    assert.equal(await done('destroy'), 'g1: there was none\n');
    assert.deepEqual(JSON.parse(await done('destroy --json')), { name: 'g1', removed: false });
  });

  it('replaces what an earlier run left, whole or half', async () => {
    await done('create -c FILE');
    configure({ product: 'xaprc001' });
    await done('create -c FILE');
    assert.equal(configfs.attribute('g1/idProduct'), '0x8b01');
    await done('destroy');
    await configfs.makeFolder(path.join(configfs.configfsRoot, 'usb_gadget/g1'));
    await configfs.makeFolder(path.join(configfs.configfsRoot, 'usb_gadget/g1/functions/acm.x'));
    await done('create -c FILE');
    assert.equal(configfs.attribute('g1/functions/acm.x/port_num'), undefined);
  });

  it('leaves nothing behind when the controller refuses', async () => {
    const counting = faultyFiles(configfs, 0, 'EBUSY');
    await run('create -c FILE', { ...configfs.options, files: counting });
    await done('destroy');
    // The last change is the one that binds.
    const files = faultyFiles(configfs, counting.changes, 'EBUSY');
    const { status, err } = await run('create -c FILE', { ...configfs.options, files });
    assert.equal(status, 1);
    assert.match(err, /^usb-gadget: cannot bind gadget g1 .*EBUSY/);
    assert.deepEqual(configfs.tree(), {});
  });

  it('keeps the old card when the new one has no controller to go to', async () => {
    await done('create -c FILE');
    const before = configfs.tree();
    configure({ product: 'xaprc001', controller: 'other_udc' });
    const { status, err } = await run('create -c FILE --wait 0');
    assert.equal(status, 1);
    assert.match(err, /no USB device controller other_udc; there is: dummy_udc\.0/);
    assert.deepEqual(configfs.tree(), before);
  });

  it('tells the status by the exit status, too', async () => {
    assert.deepEqual(await run('status'), { status: 1, out: 'there is no gadget\n', err: '' });
    assert.equal((await run('status --json')).out, 'null\n');
    await done('create -c FILE');
    const status = JSON.parse(await done('status --json')) as GadgetStatus;
    assert.equal(status.controller?.name, 'dummy_udc.0');
    assert.equal(status.productId, 0x8b02);
    await configfs.write(path.join(configfs.configfsRoot, 'usb_gadget/g1/UDC'), '\n');
    const unbound = await run('status');
    assert.equal(unbound.status, 1);
    assert.match(unbound.out, /^gadget +g1, not connected to a controller$/m);
  });

  it('checks without touching anything', async () => {
    assert.match(await done('check -c FILE'), /^device +2fe0:8b02 "Xaptum, Inc\."/m);
    const definition = JSON.parse(await done('check -c FILE --json')) as GadgetDefinition;
    assert.equal(definition.strings.serialNumber, 'XAP00000000001');
    assert.deepEqual(configfs.tree(), {});
  });

  it('warns, and fails for a warning only when it must', async () => {
    configure({ consol: true });
    const lenient = await run('check -c FILE');
    assert.equal(lenient.status, 0);
    assert.match(
      lenient.err,
      /^usb-gadget: warning: .*config\.json: consol: unknown key; did you mean console\?\n$/,
    );
    const strict = await run('check -c FILE --strict');
    assert.equal(strict.status, 78);
    assert.equal(strict.out, '');
    rmSync(path.join(folder, 'rom/mac_address/1'));
    assert.match((await run('create -c FILE')).err, /warning: no MAC address in .*\/1; using/);
    assert.match(configfs.attribute('g1/functions/ncm.usb0/host_addr')!, /^.[26ae]:/);
  });

  it('ends with 78 for a configuration that cannot be, 1 for a system that refuses, 2 for wrong use', async () => {
    configure({ product: 'x' });
    for (const command of ['create', 'check']) {
      const { status, err } = await run(`${command} -c FILE`);
      assert.equal(status, 78);
      assert.match(err, /^usb-gadget: .*config\.json: product: unusable value/);
    }
    configure({});
    rmSync(path.join(folder, 'rom/serial'));
    const unknown = await run('create -c FILE');
    assert.equal(unknown.status, 1);
    assert.match(unknown.err, /neither .* tells this card from others/);
    const wrong = await run('create now');
    assert.equal(wrong.status, 2);
    assert.match(wrong.err, /^usb-gadget: too many words: "now"\nTry "usb-gadget --help"\.\n$/);
    assert.deepEqual(configfs.tree(), {});
  });

  it('helps', async () => {
    assert.match(await done('--help'), /^Usage: usb-gadget create /);
  });

  it('gives up waiting for a controller when it is told to stop', async () => {
    const bare = new FakeConfigfs({ controllers: [] });
    const stop = new AbortController();
    let err = '';
    const running = runGadget({
      argv: ['create', '-c', path.join(folder, 'config.json'), '--wait', '3600'],
      stdout: () => undefined,
      stderr: (text) => (err += text),
      kernel: bare.options,
      signal: stop.signal,
      socketFunction,
    });
    setImmediate(() => stop.abort());
    assert.equal(await running, 1);
    assert.match(err, /^usb-gadget: .*abort/);
    assert.deepEqual(bare.tree(), {});
    bare.dispose();
  });
});
