import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { deviceError } from '../../src/device-errors.ts';
import { socketError } from '../../src/native-sockets.ts';
import {
  errnoName,
  TuntapDeviceError,
  TuntapError,
  TuntapPermissionError,
  type TuntapErrorCode,
} from '../../src/errors.ts';

const { errno } = constants;
const context = { problem: 'cannot open TUN interface enf0', name: 'enf0', node: '/dev/net/tun' };

describe('device errors', () => {
  const rows: [number, string, TuntapErrorCode, string, RegExp][] = [
    [errno.ENOENT, 'open', 'DEVICE', 'ENOENT', /there is no \/dev\/net\/tun.*mknod/],
    [errno.ENODEV, 'open', 'DEVICE', 'ENODEV', /modprobe tun/],
    [errno.EACCES, 'open', 'PERMISSION', 'EACCES', /may not open \/dev\/net\/tun/],
    [errno.EISDIR, 'open', 'DEVICE', 'EISDIR', /not a TUN device node/],
    [errno.EPERM, 'ioctl(TUNSETIFF)', 'PERMISSION', 'EPERM', /CAP_NET_ADMIN.*dev enf0/],
    [errno.EBUSY, 'ioctl(TUNSETIFF)', 'DEVICE', 'EBUSY', /another process has enf0 open/],
    [errno.EINVAL, 'ioctl(TUNSETIFF)', 'DEVICE', 'EINVAL', /another kind/],
    [errno.EPERM, 'socket(AF_PACKET)', 'PERMISSION', 'EPERM', /CAP_NET_RAW/],
    [errno.ENODEV, 'ioctl(SIOCGIFINDEX)', 'DEVICE', 'ENODEV', /no interface is named enf0/],
    [errno.ENODEV, 'recvmmsg', 'DEVICE', 'ENODEV', /deleted/],
    [errno.EMFILE, 'open', 'DEVICE', 'EMFILE', /LimitNOFILE/],
    [77, 'write', 'DEVICE', 'EBADFD', /^$/],
    [124, 'ioctl(SIOCGIFHWADDR)', 'DEVICE', 'EMEDIUMTYPE', /not an Ethernet interface/],
  ];
  for (const [number, syscall, code, name, hint] of rows) {
    it(`${name} from ${syscall}: class, errno and the next step`, () => {
      const error = deviceError(context, { errno: number, syscall });
      assert.ok(error instanceof TuntapError);
      assert.ok(
        error instanceof (code === 'PERMISSION' ? TuntapPermissionError : TuntapDeviceError),
      );
      assert.equal(error.name, error.constructor.name);
      assert.equal(error.code, code);
      assert.equal(error.errno, name);
      assert.equal(error.syscall, syscall);
      assert.match(error.hint, hint);
      const advice = error.hint && `; ${error.hint}`;
      assert.equal(error.message, `${context.problem}: ${name} from ${syscall}${advice}`);
    });
  }

  it('keeps a number that has no name', () => {
    assert.equal(errnoName(4711), 'E4711');
    assert.equal(errnoName(errno.ENOBUFS), 'ENOBUFS');
  });
});

describe('socket errors', () => {
  const rows: [number, RegExp][] = [
    [errno.ECONNREFUSED, /nothing listens there/],
    [errno.ENETUNREACH, /no route/],
    [errno.EHOSTUNREACH, /router in front of it answers/],
  ];
  for (const [number, hint] of rows) {
    it(`${errnoName(number)} from connect: the next step`, () => {
      const error = socketError('cannot connect', { errno: number, syscall: 'connect' });
      assert.match(error.hint, hint);
    });
  }
});
