import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { getLink, RouteGroup, RouteNetlink, SocketError } from '../../src/index.ts';
import { openSockets } from './open-sockets.ts';

const nothing = {
  onMessages: () => undefined,
  onOverflow: () => undefined,
  onError: assert.ifError,
};

describe('tuntap2/netlink', () => {
  it('looks a link up by name and by index', () => {
    const byName = getLink('lo');
    assert.ok(byName);
    assert.equal(byName.name, 'lo');
    assert.equal(byName.mac.length, 6);
    assert.equal(byName.up, 'lo' in networkInterfaces());
    assert.deepEqual(getLink(byName.index), byName);
  });

  for (const unknown of ['', 'nosuchlink', 'a-name-longer-than-any-interface-has', 0x7ffffffe]) {
    it(`finds no link ${JSON.stringify(unknown)}`, () => {
      assert.equal(getLink(unknown), undefined);
    });
  }

  it('refuses what no link can be called', () => {
    for (const nonsense of ['x'.repeat(200), 0]) {
      assert.throws(() => getLink(nonsense), SocketError, JSON.stringify(nonsense));
    }
  });

  it('opens, starts and closes without a trace', () => {
    const before = openSockets();
    for (let i = 0; i < 100; i++) {
      const netlink = new RouteNetlink({ groups: RouteGroup.all });
      if (i % 2 === 0) netlink.start(nothing);
      assert.equal(netlink.closed, false);
      netlink.close();
      netlink.close();
      assert.equal(netlink.closed, true);
    }
    assert.equal(openSockets(), before);
  });

  it('cannot be started twice, nor when closed', () => {
    const netlink = new RouteNetlink({ groups: RouteGroup.link });
    netlink.start(nothing);
    assert.throws(() => netlink.start(nothing), { name: 'SocketError', errno: 'EALREADY' });
    netlink.close();
    assert.throws(() => netlink.start(nothing), { name: 'SocketError', errno: 'EBADF' });
  });
});
