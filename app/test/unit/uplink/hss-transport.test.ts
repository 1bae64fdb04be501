import assert from 'node:assert/strict';
import { SocketError } from 'tuntap2';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { instant } from '../../../src/core/time.ts';
import { HssTransport } from '../../../src/uplink/hss-transport.ts';
import { serverHosts } from './server-hosts.ts';

const names = { servers: [], knownAddresses: () => [], lastKnown: () => [], now: () => instant(0) };
const target = { address: '192.0.2.1', port: 443 };

describe('HssTransport', () => {
  it('says what is wrong with a family that is not there, or is another', async () => {
    assert.match(
      new HssTransport({ family: 250, names }).unavailable() ?? '',
      /no socket family 250/,
    );
    const inet = new HssTransport({ family: 2, names });
    assert.match(inet.unavailable() ?? '', /is another one/);
    const { signal } = new AbortController();
    await assert.rejects(inet.connect(target, signal), (error) => error instanceof SocketError);
  });

  it('takes literals, and names only with a server to ask', async () => {
    const { signal } = new AbortController();
    const transport = new HssTransport({ names });
    const [address, name] = serverHosts('2001:db8::1', 'enf.example');
    assert.deepEqual(await transport.resolve(address!, signal), ['2001:db8::1']);
    await assert.rejects(transport.resolve(name!, signal), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /^enf\.example: names need remote\.dns_servers over hss; /);
      return true;
    });
  });
});
