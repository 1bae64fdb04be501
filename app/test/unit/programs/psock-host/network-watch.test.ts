import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketError } from 'tuntap2';
import { NetworkWatch } from '../../../../src/programs/psock-host/network-watch.ts';

describe('the watch of the network', () => {
  let looks: number;
  let watch: NetworkWatch;
  let change: () => void;
  let again: number | undefined;
  const create = (open: () => void = () => undefined): void => {
    watch = new NetworkWatch({
      look: () => {
        looks++;
        return again;
      },
      open: (onChange) => {
        open();
        change = onChange;
        return () => (change = () => undefined);
      },
    });
    watch.start();
  };
  beforeEach(() => {
    looks = 0;
    again = undefined;
  });
  afterEach(() => watch.close());

  const until = async (wanted: number): Promise<void> => {
    for (let i = 0; looks < wanted; i++) {
      assert.ok(i < 1000, `${looks} looks`);
      await sleep(10);
    }
  };

  it('looks soon after a change, once for a volley', async () => {
    create();
    for (let i = 0; i < 1000; i++) change();
    await until(1);
    await sleep(100);
    assert.equal(looks, 1);
  });

  it('does not look for each of changes without end', async () => {
    create();
    const end = performance.now() + 600;
    while (performance.now() < end) {
      change();
      await sleep(1);
    }
    assert.ok(looks >= 1 && looks <= 4, `${looks} looks`);
  });

  it('looks again after a while that the last look named', async () => {
    create();
    again = 10;
    change();
    await until(2);
    again = undefined;
    await until(3);
  });

  it('looks where the kernel cannot be watched, and not when it is closed', async () => {
    create(() => {
      throw new SocketError('cannot watch', { errno: 'EMFILE', syscall: 'socket' });
    });
    await until(1);
    watch.close();
    create();
    change();
    watch.close();
    const before = looks;
    await sleep(150);
    assert.equal(looks, before);
  });
});
