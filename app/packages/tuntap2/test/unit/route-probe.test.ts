import assert from 'node:assert/strict';
import { probeRoute, SocketError } from '../../src/index.ts';
import { openSockets } from './open-sockets.ts';

describe('tuntap2/route-probe', () => {
  for (const address of ['127.0.0.1', '::1']) {
    it(`finds the local address towards ${address}`, () => {
      assert.deepEqual(probeRoute({ address, port: 443 }), { localAddress: address });
    });
  }

  it('goes by the family of the address, in any spelling', () => {
    const address = '0000:0000:0000:0000:0000:0000:0000:0001';
    assert.deepEqual(probeRoute({ address, port: 443 }), { localAddress: '::1' });
    assert.deepEqual(probeRoute({ address: '127.1.2.3', port: 443 }), {
      localAddress: '127.0.0.1',
    });
  });

  const failures: [what: string, address: string, port: number, errno: string][] = [
    ['a name', 'localhost', 443, 'EINVAL'],
    ['an empty address', '', 443, 'EINVAL'],
    ['a port above 65535', '::1', 65536, 'EINVAL'],
    ['an unknown zone', 'fe80::1%nosuchlink', 443, 'ENODEV'],
    ['a link-local address without zone', 'fe80::1', 443, 'EINVAL'],
  ];
  for (const [what, address, port, errno] of failures) {
    it(`throws ${errno} for ${what}, and says for which address`, () => {
      assert.throws(
        () => probeRoute({ address, port }),
        (error) =>
          error instanceof SocketError &&
          error.errno === errno &&
          error.message.startsWith(`no route to ${address}: ${errno}`),
      );
    });
  }

  it('leaves no descriptor behind', () => {
    const before = openSockets();
    for (let i = 0; i < 100; i++) {
      probeRoute({ address: '::1', port: 443 });
      assert.throws(() => probeRoute({ address: 'fe80::1', port: 443 }));
    }
    assert.equal(openSockets(), before);
  });
});
