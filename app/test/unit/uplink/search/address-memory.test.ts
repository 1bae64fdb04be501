import assert from 'node:assert/strict';
import { AddressMemory, interleaveFamilies } from '../../../../src/uplink/search/address-memory.ts';
import { serverHosts } from '../server-hosts.ts';

const tcp = { name: 'tcp' };
const six = ['2001:db8::1', '2001:db8::2', '2001:db8::3'];
const four = ['192.0.2.1', '192.0.2.2'];

describe('order of addresses', () => {
  it('takes the families in turn, beginning with the first', () => {
    assert.deepEqual(interleaveFamilies([...six, ...four]), [
      ...['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2', '2001:db8::3'],
    ]);
    assert.deepEqual(interleaveFamilies([...four, ...six]), [
      ...['192.0.2.1', '2001:db8::1', '192.0.2.2', '2001:db8::2', '2001:db8::3'],
    ]);
  });

  it('names each address once', () => {
    assert.deepEqual(interleaveFamilies(['192.0.2.1', '192.0.2.1']), ['192.0.2.1']);
    assert.deepEqual(interleaveFamilies([]), []);
  });

  it('begins with the address at which a server answered last', () => {
    const memory = new AddressMemory();
    memory.answered(tcp, 'enf', '192.0.2.2');
    assert.deepEqual(memory.order(tcp, 'enf', four), ['192.0.2.2', '192.0.2.1']);
    assert.deepEqual(memory.order(tcp, 'other', four), four);
    assert.deepEqual(memory.order({ name: 'psock' }, 'enf', four), four);
    assert.deepEqual(memory.order(tcp, 'enf', ['192.0.2.1']), ['192.0.2.1'], 'only what there is');
  });

  it('goes on behind the address that gives way, and comes round to it', () => {
    const memory = new AddressMemory();
    memory.givesWay(tcp, 'enf', '192.0.2.1');
    assert.deepEqual(memory.order(tcp, 'enf', four), ['192.0.2.2', '192.0.2.1']);
    memory.givesWay(tcp, 'enf', '192.0.2.2');
    assert.deepEqual(memory.order(tcp, 'enf', four), four);
  });

  it('prefers a good address no longer that gives way', () => {
    const memory = new AddressMemory();
    memory.answered(tcp, 'enf', '192.0.2.1');
    memory.givesWay(tcp, 'enf', '192.0.2.1');
    assert.deepEqual(memory.order(tcp, 'enf', four), ['192.0.2.2', '192.0.2.1']);
    memory.answered(tcp, 'enf', '192.0.2.2');
    memory.givesWay(tcp, 'enf', '192.0.2.1');
    assert.equal(memory.order(tcp, 'enf', four)[0], '192.0.2.2', 'another one stays good');
  });

  it('starts with the host that an earlier search had not reached, until a server answers', () => {
    const memory = new AddressMemory();
    const hosts = serverHosts('a', 'b', 'c');
    memory.endedBefore(tcp, 'b');
    assert.deepEqual(memory.orderHosts(tcp, hosts), serverHosts('b', 'c', 'a'));
    assert.deepEqual(memory.orderHosts({ name: 'psock' }, hosts), hosts);
    assert.deepEqual(
      memory.orderHosts(tcp, serverHosts('a', 'c')),
      serverHosts('a', 'c'),
      'it is not configured any more',
    );
    memory.answered(tcp, 'b', '192.0.2.2');
    assert.deepEqual(memory.orderHosts(tcp, hosts), hosts);
    memory.endedBefore(tcp, 'b');
    memory.endedBefore(tcp, undefined);
    assert.deepEqual(memory.orderHosts(tcp, hosts), hosts);
  });

  it('goes on with the next host after a server that did not serve us, until one does', () => {
    const memory = new AddressMemory();
    const hosts = serverHosts('a', 'b', 'c');
    memory.ofNoUse(tcp, { host: 'a', address: '192.0.2.1' }, hosts);
    assert.deepEqual(memory.orderHosts(tcp, hosts), serverHosts('b', 'c', 'a'));
    assert.deepEqual(memory.order(tcp, 'a', four), ['192.0.2.2', '192.0.2.1']);
    assert.deepEqual(memory.orderHosts({ name: 'psock' }, hosts), hosts);
    memory.ofNoUse(tcp, { host: 'c', address: '192.0.2.9' }, hosts);
    assert.deepEqual(memory.orderHosts(tcp, hosts), hosts, 'after the last comes the first');
    memory.ofNoUse(tcp, { host: 'a', address: '192.0.2.2' }, hosts);
    memory.answered(tcp, 'b', '192.0.2.7');
    assert.deepEqual(memory.orderHosts(tcp, hosts), hosts);
  });

  it('forgets the oldest of too many names', () => {
    const memory = new AddressMemory();
    for (let i = 0; i < 65; i++) memory.answered(tcp, `n${i}`, '192.0.2.2');
    assert.deepEqual(memory.order(tcp, 'n0', four), four);
    assert.equal(memory.order(tcp, 'n1', four)[0], '192.0.2.2');
  });
});
