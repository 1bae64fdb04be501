/** TUN and TAP interfaces: how they are made, shared, kept, lost, and what opening them answers when it cannot. */
import assert from 'node:assert/strict';
import { openTun, TuntapDeviceError, type PacketDevice } from '../../src/index.ts';
import { Recorder, until } from '../device-contract.ts';
import { burst, udp6 } from '../packets.ts';
import { ip, removeLink, run } from './network.ts';
import { Child, script } from './process.ts';

describe('a TUN interface', () => {
  const devices: PacketDevice[] = [];
  const open = (...options: Parameters<typeof openTun>): PacketDevice => {
    const device = openTun(...options);
    devices.push(device);
    return device;
  };
  const exists = (name: string): boolean => ip('-o', 'link', 'show').includes(` ${name}: `);

  afterEach(() => {
    for (const device of devices.splice(0)) device.close();
    for (const name of ['kept0', 'made0', 'tap0']) if (exists(name)) removeLink(name);
  });

  it('is numbered by the kernel and gone after close', () => {
    const device = open({ name: 'enf%d' });
    assert.equal(device.name, 'enf0');
    assert.match(ip('link', 'show', 'enf0'), new RegExp(`^${device.index}: `));
    device.close();
    assert.equal(exists('enf0'), false);
  });

  it('outlives close when it is persistent, and can be made to end again', () => {
    open({ name: 'kept0', persist: true }).close();
    assert.equal(exists('kept0'), true);
    open({ name: 'kept0' }).close();
    assert.equal(exists('kept0'), true);
    open({ name: 'kept0', persist: false }).close();
    assert.equal(exists('kept0'), false);
  });

  it('takes one made by ip tuntap, and hands it back without offload', () => {
    ip('tuntap', 'add', 'dev', 'made0', 'mode', 'tun', 'user', '1234');
    const segmentation = (): string =>
      /tcp-segmentation-offload: (on|off)/.exec(run('ethtool', '-k', 'made0'))?.[1] ?? '';
    const device = open({ name: 'made0' });
    assert.equal(segmentation(), 'on');
    device.close();
    assert.equal(segmentation(), 'off');
    open({ name: 'made0', offload: false });
    assert.equal(segmentation(), 'off');
    assert.match(ip('-d', 'link', 'show', 'made0'), /user 1234/);
  });

  it('belongs to the given user and group', () => {
    open({ name: 'kept0', owner: 1001, group: 1002 });
    assert.match(ip('-d', 'link', 'show', 'kept0'), /user 1001 group 1002/);
  });

  it('can be attached without CAP_NET_ADMIN by its owner only', async () => {
    ip('tuntap', 'add', 'dev', 'made0', 'mode', 'tun', 'user', '0');
    const unprivileged = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin'];
    const attempt = async (name: string): Promise<string> => {
      const [command = '', ...words] = [...unprivileged, ...script('open-device.ts', 'tun', name)];
      return (await new Child(command, words).finished).output.trim();
    };
    assert.equal(await attempt('made0'), 'made0');
    const error = JSON.parse(await attempt('made1')) as Record<string, string>;
    assert.equal(error.className, 'TuntapPermissionError');
    assert.equal(error.code, 'PERMISSION');
    assert.equal(error.errno, 'EPERM');
    assert.equal(error.syscall, 'ioctl(TUNSETIFF)');
    assert.match(error.hint ?? '', /CAP_NET_ADMIN.*ip tuntap add dev made1/);
  });

  const refusals: [string, () => unknown, Partial<TuntapDeviceError>, RegExp][] = [
    [
      'a second open',
      () => open({ name: open({ name: 'twice%d' }).name }),
      { errno: 'EBUSY' },
      /another process/,
    ],
    [
      'a missing node',
      () => open({ name: 'x', node: '/dev/net/none' }),
      { errno: 'ENOENT', syscall: 'open' },
      /mknod/,
    ],
    [
      'a node of another kind',
      () => open({ name: 'x', node: '/dev/zero' }),
      { errno: 'ENOTTY' },
      /not a TUN device/,
    ],
    [
      'a long name',
      () => open({ name: 'sixteen-bytes-xx' }),
      { errno: 'ENAMETOOLONG' },
      /15 bytes/,
    ],
    [
      'an interface of another kind',
      () => open({ name: 'lo' }),
      { errno: 'EINVAL' },
      /another kind/,
    ],
    ['a name with a slash', () => open({ name: 'a/b' }), { errno: 'EINVAL' }, /not allowed/],
  ];
  for (const [what, attempt, expected, hint] of refusals) {
    it(`says what to do about ${what}`, () => {
      assert.throws(attempt, (error: unknown) => {
        assert.ok(error instanceof TuntapDeviceError);
        for (const [key, value] of Object.entries(expected)) {
          assert.equal(error[key as keyof TuntapDeviceError], value);
        }
        assert.match(error.hint, hint);
        assert.ok(error.message.includes(error.errno) && error.message.includes(error.hint));
        return true;
      });
    });
  }

  it('reports its deletion once, also when it is noticed by a write, and swallows the rest', async () => {
    for (const notice of ['poll', 'write', 'read'] as const) {
      const device = open({ name: 'lost0' });
      const recorder = new Recorder(device);
      recorder.start();
      if (notice !== 'poll') device.pause();
      ip('link', 'del', 'lost0');
      const frames = burst(udp6({}));
      if (notice === 'write') {
        assert.equal(device.writeBatch(frames, 0, frames.length), frames.length);
      }
      if (notice === 'read') device.readBatch(new Uint8Array(device.minReadSpace), 0);
      assert.deepEqual(recorder.errors, []);
      await until(`an error by ${notice}`, () => recorder.errors.length === 1);
      assert.match(String(recorder.errors[0]), /TuntapDeviceError: interface lost0 failed/);
      assert.equal(device.writeBatch(frames, 0, frames.length), frames.length);
      assert.equal(device.readBatch(new Uint8Array(device.minReadSpace), 0), 0);
      device.resume();
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(recorder.errors.length, 1);
      device.close();
    }
  });

  it('counts packets that the kernel refuses while the interface is down', () => {
    const device = open({ name: 'down0' });
    const frames = burst(udp6({}), udp6({}));
    assert.equal(device.writeBatch(frames, 0, frames.length), frames.length);
    assert.equal(device.counters.writeRefused, 2);
    assert.equal(device.counters.writtenPackets, 0);
  });
});
