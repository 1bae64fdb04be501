import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FunctionFsMountError, type GadgetDefinition, type GadgetStatus } from 'usb-gadget';
import { EnvironmentError } from '../../../../src/core/errors.ts';
import { FakeConfigfs } from '../../../../packages/usb-gadget/test/fake-configfs.ts';
import { faultyFiles } from '../../../../packages/usb-gadget/test/faulty-files.ts';
import type { SocketFunctionSystem } from '../../../../src/programs/usb-gadget/socket-function.ts';
import { runGadget } from '../../../../src/programs/usb-gadget/program.ts';

describe('usb-gadget', () => {
  let folder: string;
  let configfs: FakeConfigfs;
  let socketFunction: SocketFunctionSystem;
  let socketEvents: string[];
  let unit: { isOwner: boolean; isActive: boolean; reports: string[] };
  let silenced: string[];
  let pauses: number[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'usb-gadget-'));
    configfs = new FakeConfigfs();
    socketEvents = [];
    unit = { isOwner: true, isActive: true, reports: [] };
    silenced = [];
    pauses = [];
    const controller = () => configfs.attribute('g1/UDC') || 'nothing';
    const happens = (event: string): Promise<void> => {
      socketEvents.push(event);
      return Promise.resolve();
    };
    socketFunction = {
      release: () => happens('released'),
      unmount: (name) => happens(`${name} unmounted`),
      describe: async () => {
        await happens(`described, bound to ${controller()}`);
        return { fd: 7, close: () => happens('closed') };
      },
      keep: ({ fd }) => happens(`${fd} kept, bound to ${controller()}`),
      isDescribed: () => Promise.resolve(true),
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

  const surroundings = () => ({
    unit: {
      isOwner: unit.isOwner,
      isRunning: () => Promise.resolve(unit.isActive),
      report: (text: string) => void unit.reports.push(text),
    },
    silenceLink: (name: string) => {
      silenced.push(`${name} of ${configfs.attribute('g1/UDC')}`);
      return Promise.resolve();
    },
    pause: (milliseconds: number) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
  });

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
      ...surroundings(),
    });
    return { status, ...printed };
  }
  async function done(words: string): Promise<string> {
    const { status, out, err } = await run(words);
    assert.equal(err, '');
    assert.equal(status, 0);
    return out;
  }

  it('creates the card, and prints what it is', async () => {
    const out = await done('create -c FILE');
    assert.equal(
      out,
      [
        'gadget    g1, on dummy_udc.0 (not attached, UNKNOWN)',
        'device    2fe0:8b02 "Xaptum, Inc." "ENF Router Card with Wi-Fi"',
        'serial    XAP00000000001',
        "ncm.usb0  usb0, this end 00:11:22:33:44:02, host's end 00:11:22:33:44:01",
        '',
      ].join('\n'),
    );
    assert.equal(await done('status -c FILE'), out);
    const tree = configfs.tree();
    assert.equal(tree['g1/UDC'], 'dummy_udc.0');
    assert.equal(tree['g1/strings/0x0409/serialnumber'], 'XAP00000000001');
    assert.equal(tree['g1/functions/ncm.usb0/os_desc/interface.ncm/compatible_id'], 'WINNCM');
  });

  for (const [name, id, product] of [
    ['xaprc001', '0x8b01', 'ENF Router Card'],
    ['xaprw001', '0x8b02', 'ENF Router Card with Wi-Fi'],
  ] as const) {
    it(`recognizes the ${name}`, async () => {
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
    assert.match(await done('status -c FILE'), /^acm\.GS0 +\/dev\/ttyGS0$/m);
  });

  it('describes psock before it binds, and leaves it with its keeper after', async () => {
    configure({ psock: true });
    await done('create -c FILE');
    assert.deepEqual(socketEvents, [
      'released',
      'described, bound to nothing',
      '7 kept, bound to dummy_udc.0',
    ]);
    const tree = Object.keys(configfs.tree());
    assert.ok(tree.includes('g1/configs/c.1/ffs.psock'), tree.join(' '));
    assert.deepEqual(unit.reports, ['complete']);
  });

  it('lets go of an earlier psock before it makes another', async () => {
    configure({ psock: true });
    await done('create -c FILE');
    for (const command of ['create -c FILE', 'destroy']) {
      socketEvents.length = 0;
      await done(command);
      assert.deepEqual(socketEvents.slice(0, 2), ['released', 'psock unmounted'], command);
    }
  });

  it('goes without psock where there is none: the Ethernet link matters more', async () => {
    configure({ psock: true });
    socketFunction.describe = () => Promise.reject(new FunctionFsMountError('no functionfs'));
    const { status, err } = await run('create -c FILE');
    assert.equal(status, 0);
    assert.equal(
      err,
      'usb-gadget: warning: continuing without psock: no functionfs [gadget-without-psock]\n',
    );
    assert.deepEqual(pauses, [250, 500, 1000]);
    assert.deepEqual(unit.reports, ['without psock: no functionfs']);
    assert.equal(configfs.attribute('g1/UDC'), 'dummy_udc.0');
    assert.equal(Object.keys(configfs.tree()).includes('g1/configs/c.1/ffs.psock'), false);
    const found = await run('status -c FILE');
    assert.equal(found.status, 1);
    assert.match(found.out, /^missing +psock, .*"systemctl restart usb-gadget\.service"/m);
    const told = JSON.parse((await run('status -c FILE --json')).out) as { missing: string[] };
    assert.equal(told.missing.length, 1);
  });

  it('does without psock when its endpoint cannot be kept, and closes what it had', async () => {
    configure({ psock: true });
    socketFunction.keep = () =>
      Promise.reject(new EnvironmentError('not kept', { errno: 'ETIMEDOUT', syscall: 'sendmsg' }));
    const { status, err } = await run('create -c FILE');
    assert.equal(status, 0);
    assert.equal(
      err,
      'usb-gadget: warning: continuing without psock: not kept [gadget-without-psock]\n',
    );
    const count = (event: string) => socketEvents.filter((one) => one === event).length;
    assert.equal(count('closed'), count('described, bound to nothing'));
  });

  // errors.md: gadget-retry
  it('tries again what the kernel refused for a moment, psock included', async () => {
    configure({ psock: true });
    const working = socketFunction;
    socketFunction = { ...working };
    let refusals = 2;
    socketFunction.describe = () =>
      refusals-- > 0 ? Promise.reject(new FunctionFsMountError('busy')) : working.describe();
    await done('create -c FILE');
    assert.deepEqual(pauses, [250, 500]);
    assert.ok(socketEvents.includes('7 kept, bound to dummy_udc.0'));
    assert.match(await done('status -c FILE --json'), /"missing": \[\]/);
  });

  it('names endpoints that are not held', async () => {
    configure({ psock: true });
    await done('create -c FILE');
    socketFunction.isDescribed = () => Promise.resolve(false);
    const { status, out } = await run('status -c FILE');
    assert.equal(status, 1);
    assert.match(out, /^missing +the endpoints of psock, which no process holds/m);
  });

  it('hides the kernel on each interface that it makes, or makes none', async () => {
    await done('create -c FILE');
    assert.deepEqual(silenced, ['usb0 of dummy_udc.0']);
    let err = '';
    const status = await runGadget({
      argv: ['create', '-c', path.join(folder, 'config.json')],
      stdout: () => undefined,
      stderr: (text) => (err += text),
      kernel: configfs.options,
      socketFunction,
      ...surroundings(),
      silenceLink: () =>
        Promise.reject(new EnvironmentError('no nft', { errno: 'EIO', syscall: 'execve' })),
    });
    assert.equal(status, 1);
    assert.equal(err, 'usb-gadget: no nft\n');
    assert.deepEqual(configfs.tree(), {});
  });

  it('leaves the gadget of a running unit to it', async () => {
    configure({ psock: true });
    await done('create -c FILE');
    const before = configfs.tree();
    unit.isOwner = false;
    for (const [command, advice] of [
      ['create -c FILE', /systemctl restart usb-gadget\.service" recreates it/],
      ['destroy', /systemctl stop usb-gadget\.service" removes it/],
    ] as const) {
      const { status, err } = await run(command);
      assert.equal(status, 1);
      assert.match(err, advice);
      assert.deepEqual(configfs.tree(), before);
    }
  });

  it('makes it by hand where the unit does not run, silenced and without psock', async () => {
    configure({ psock: true });
    Object.assign(unit, { isOwner: false, isActive: false });
    const { status, err } = await run('create -c FILE');
    assert.equal(status, 0);
    assert.equal(
      err,
      'usb-gadget: warning: without psock, which needs usb-gadget.service [gadget-without-psock]\n',
    );
    assert.deepEqual(silenced, ['usb0 of dummy_udc.0']);
    assert.equal(socketEvents.includes('described, bound to nothing'), false);
  });

  it('destroys the card, once or again', async () => {
    await done('create -c FILE');
    assert.equal(await done('destroy'), 'g1: removed\n');
    assert.deepEqual(configfs.tree(), {});
    assert.equal(await done('destroy'), 'g1: not present\n');
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

  it('leaves nothing behind when the controller refuses for good', async () => {
    const { options } = configfs;
    const refusing = (place: string, value: string) =>
      place.endsWith('/UDC') && value.trim() !== ''
        ? Promise.reject(Object.assign(new Error('EBUSY'), { code: 'EBUSY', syscall: 'write' }))
        : configfs.write(place, value);
    const files = faultyFiles(configfs, 0, 'EBUSY');
    const { status, err } = await run('create -c FILE', {
      ...options,
      files: { ...files, write: refusing },
    });
    assert.equal(status, 1);
    assert.match(err, /^usb-gadget: cannot bind gadget g1 .*EBUSY/);
    assert.deepEqual(pauses, [250, 500, 1000]);
    assert.deepEqual(configfs.tree(), {});
  });

  it('binds at the second attempt when the controller was busy for a moment', async () => {
    const counting = faultyFiles(configfs, 0, 'EBUSY');
    await run('create -c FILE', { ...configfs.options, files: counting });
    await done('destroy');
    // The last change is the one that binds.
    const files = faultyFiles(configfs, counting.changes, 'EBUSY');
    const { status, err } = await run('create -c FILE', { ...configfs.options, files });
    assert.equal(status, 0, err);
    assert.deepEqual(pauses, [250]);
    assert.equal(configfs.attribute('g1/UDC'), 'dummy_udc.0');
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

  it('reports the status by the exit status, too', async () => {
    assert.deepEqual(await run('status -c FILE'), {
      status: 1,
      out: 'there is no gadget\n',
      err: '',
    });
    assert.equal((await run('status -c FILE --json')).out, 'null\n');
    await done('create -c FILE');
    const status = JSON.parse(await done('status -c FILE --json')) as GadgetStatus;
    assert.equal(status.controller?.name, 'dummy_udc.0');
    assert.equal(status.productId, 0x8b02);
    await configfs.write(path.join(configfs.configfsRoot, 'usb_gadget/g1/UDC'), '\n');
    const unbound = await run('status -c FILE');
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
      /^usb-gadget: warning: .*config\.json: consol: unknown key; did you mean console\? \[config-warning\]\n$/,
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
    assert.match(unknown.err, /neither .* identifies this card/);
    const wrong = await run('create now');
    assert.equal(wrong.status, 2);
    assert.match(
      wrong.err,
      /^usb-gadget: unexpected argument now\nTry "usb-gadget create --help"\.\n$/,
    );
    assert.deepEqual(configfs.tree(), {});
  });

  it('helps', async () => {
    assert.match(await done('--help'), /^Usage: usb-gadget create /);
  });

  it('gives up waiting for a controller when it is stopped', async () => {
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
      ...surroundings(),
    });
    setImmediate(() => stop.abort());
    assert.equal(await running, 1);
    assert.match(err, /^usb-gadget: .*abort/);
    assert.deepEqual(bare.tree(), {});
    bare.dispose();
  });
});
