import assert from 'node:assert/strict';
import path from 'node:path';
import {
  buildGadget,
  FunctionFsMountError,
  GadgetError,
  GadgetKernelError,
  register,
  remove,
  type GadgetFiles,
} from '../../src/index.ts';
import { dyingFiles } from '../dying-files.ts';
import { FakeConfigfs } from '../fake-configfs.ts';
import { faultyFiles } from '../faulty-files.ts';
import { richGadget, simpleGadget } from '../gadgets.ts';

describe('remove', () => {
  let configfs: FakeConfigfs;
  beforeEach(() => (configfs = new FakeConfigfs()));
  afterEach(() => configfs.dispose());

  const gadgetPath = (...words: string[]) =>
    path.join(configfs.configfsRoot, 'usb_gadget', 'g1', ...words);
  const unmount = () => Promise.resolve();
  async function registerRich(): Promise<void> {
    await register(buildGadget(richGadget()), configfs.options);
  }

  it('takes a bound gadget down and frees its controller', async () => {
    const gadget = await register(buildGadget(richGadget()), configfs.options);
    await gadget.bind();
    assert.equal(await gadget.remove(), true);
    assert.deepEqual(configfs.tree(), {});
    const again = await register(buildGadget(simpleGadget()), configfs.options);
    assert.equal(await again.bind(), 'dummy_udc.0');
  });

  it('has nothing to do the second time, or where there are no gadgets at all', async () => {
    await registerRich();
    assert.equal(await remove('g1', configfs.options), true);
    assert.equal(await remove('g1', configfs.options), false);
    assert.equal(await remove('g1', { configfsRoot: '/nonexistent' }), false);
  });

  it('leaves other gadgets alone', async () => {
    await register(buildGadget(simpleGadget({ name: 'g2' })), configfs.options);
    const before = configfs.tree();
    await registerRich();
    await remove('g1', configfs.options);
    assert.deepEqual(configfs.tree(), before);
  });

  it('completes what was begun, however far that got', async () => {
    const counting = faultyFiles(configfs, 0, 'EIO');
    await register(buildGadget(richGadget()), { ...configfs.options, files: counting });
    const steps = counting.changes;
    await remove('g1', configfs.options);
    for (let made = 1; made < steps; made++) {
      // As when the process is killed: nothing is undone.
      await assert.rejects(
        register(buildGadget(richGadget()), {
          ...configfs.options,
          files: dyingFiles(configfs, made),
        }),
      );
      assert.notDeepEqual(configfs.tree(), {}, `after step ${made}`);
      assert.equal(await remove('g1', { ...configfs.options, unmount }), true);
      assert.deepEqual(configfs.tree(), {}, `after step ${made}`);
    }
  });

  it('either overcomes a refusal or reports it; then the next call completes it', async () => {
    const counting = faultyFiles(configfs, 0, 'EIO');
    await registerRich();
    await remove('g1', { ...configfs.options, files: counting });
    let overcome = 0;
    for (let failing = 1; failing <= counting.changes; failing++) {
      await registerRich();
      const files = faultyFiles(configfs, failing, 'EBUSY');
      try {
        await remove('g1', { ...configfs.options, files });
        overcome += 1;
      } catch (error) {
        assert.ok(error instanceof GadgetError, String(error));
        await remove('g1', configfs.options);
      }
      assert.deepEqual(configfs.tree(), {}, `refusal of change ${failing}`);
    }
    assert.ok(overcome > counting.changes / 2, `${overcome} of ${counting.changes}`);
  });

  it('asks for nothing twice: the usual order is right the first time', async () => {
    const counting = faultyFiles(configfs, 0, '');
    const gadget = await register(buildGadget(richGadget()), configfs.options);
    await gadget.bind();
    const asked: string[] = [];
    const removeFolder = (place: string) => {
      asked.push(place);
      return counting.removeFolder(place);
    };
    await remove('g1', { ...configfs.options, files: { ...counting, removeFolder }, unmount });
    assert.equal(asked.at(-1), gadgetPath());
    assert.equal(new Set(asked).size, asked.length);
  });

  it('removes what others made: functions, languages and configurations of their own', async () => {
    const gadget = await register(buildGadget(richGadget()), configfs.options);
    await configfs.makeFolder(gadgetPath('functions/mass_storage.disk'));
    await configfs.makeFolder(gadgetPath('functions/mass_storage.disk/lun.1'));
    await configfs.makeFolder(gadgetPath('configs/other.2'));
    await configfs.makeFolder(gadgetPath('configs/other.2/strings/0x407'));
    await configfs.makeFolder(gadgetPath('strings/0x407'));
    await configfs.link(
      gadgetPath('functions/mass_storage.disk'),
      gadgetPath('configs/other.2/anything'),
    );
    await gadget.bind();
    assert.equal(await remove('g1', configfs.options), true);
    assert.deepEqual(configfs.tree(), {});
  });

  it('unmounts each FunctionFS first', async () => {
    await registerRich();
    const unmounted: string[] = [];
    await remove('g1', {
      ...configfs.options,
      unmount: (name) => {
        assert.equal(configfs.attribute('g1/functions/ffs.sock/'), '');
        unmounted.push(name);
        return Promise.resolve();
      },
    });
    assert.deepEqual(unmounted, ['sock']);
    assert.deepEqual(configfs.tree(), {});
  });

  it('removes the rest when a FunctionFS stays mounted, and reports it only if that fails', async () => {
    const failing = () => Promise.reject(new FunctionFsMountError('target is busy'));
    await registerRich();
    assert.equal(await remove('g1', { ...configfs.options, unmount: failing }), true);

    await registerRich();
    const stuck: GadgetFiles = {
      ...bound(configfs),
      removeFolder: () =>
        Promise.reject(Object.assign(new Error(), { code: 'EBUSY', syscall: 'rmdir' })),
    };
    await assert.rejects(
      remove('g1', { ...configfs.options, files: stuck, unmount: failing }),
      FunctionFsMountError,
    );
    await assert.rejects(remove('g1', { ...configfs.options, files: stuck, unmount }), (error) => {
      assert.ok(error instanceof GadgetKernelError);
      assert.equal(error.errno, 'EBUSY');
      return true;
    });
  });

  it('ends, with a word on it, where no kernel takes things down', async () => {
    await registerRich();
    const stubborn: GadgetFiles = {
      ...bound(configfs),
      removeFolder: () => Promise.reject(Object.assign(new Error(), { code: 'EPERM' })),
    };
    await assert.rejects(
      remove('g1', { ...configfs.options, files: stubborn, unmount }),
      /cannot remove gadget g1: EPERM .* is this configfs\?/,
    );
  });
});

/** A spread loses methods. */
function bound(files: GadgetFiles): GadgetFiles {
  return faultyFiles(files, 0, '');
}
