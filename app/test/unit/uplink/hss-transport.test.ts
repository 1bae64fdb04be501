import assert from 'node:assert/strict';
import { SocketError } from 'tuntap2';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { HssTransport } from '../../../src/uplink/hss-transport.ts';

const target = { address: '192.0.2.1', port: 443 };

describe('HssTransport', () => {
  it('says what is wrong with a family that is not there, or is another', async () => {
    assert.match(new HssTransport({ family: 250 }).unavailable() ?? '', /no socket family 250/);
    const inet = new HssTransport({ family: 2 });
    assert.match(inet.unavailable() ?? '', /is another one/);
    const { signal } = new AbortController();
    await assert.rejects(inet.connect(target, signal), (error) => error instanceof SocketError);
  });

  it('takes literals and refuses names', async () => {
    const transport = new HssTransport();
    assert.deepEqual(await transport.resolve('2001:db8::1'), ['2001:db8::1']);
    await assert.rejects(transport.resolve('enf.example'), (error) => {
      assert.ok(error instanceof EnvironmentError);
      return error.errno === 'EAI_NONAME';
    });
  });
});
