import assert from 'node:assert/strict';
import { mostShownPerTransport, TriedList } from '../../../../src/daemon/session/tried-list.ts';
import type { ConnectAttempt } from '../../../../src/tunnel/tunnel-state.ts';

const failed = (transport: string, address: string): ConnectAttempt => ({
  ...{ transport, host: 'enf', address, problem: `${address}: refused` },
});
const good = (transport: string): ConnectAttempt => ({
  ...{ transport, host: 'enf', address: 'good', problem: undefined },
});

describe('list of what was tried', () => {
  it('keeps the first of each transport and every success, and counts the rest', () => {
    const list = new TriedList();
    for (let i = 0; i < 300; i++) list.add(failed('tcp', `a${i}`));
    list.add(failed('psock', 'b'));
    list.add(good('psock'));
    const addresses = list.shown.map(({ address }) => address);
    const first = Array.from({ length: mostShownPerTransport }, (_, i) => `a${i}`);
    assert.deepEqual(addresses, [...first, 'b', 'good']);
    assert.equal(list.leftOut, 300 - mostShownPerTransport);
  });

  it('forgets of a transport what was, when it is tried again', () => {
    const list = new TriedList();
    for (let i = 0; i < 300; i++) list.add(failed('tcp', `a${i}`));
    list.add(good('psock'));
    const again = new TriedList();
    again.add(failed('tcp', 'c'));
    list.replace(again);
    assert.deepEqual(
      list.shown.map(({ address }) => address),
      ['c', 'good'],
    );
    assert.equal(list.leftOut, 0);
  });
});
