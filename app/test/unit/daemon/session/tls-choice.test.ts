import assert from 'node:assert/strict';
import { TlsAddonError } from 'tls-stream';
import { NativeTls, NodeTls } from '../../../../src/daemon/session/handshake.ts';
import { TlsChoice } from '../../../../src/daemon/session/tls-choice.ts';
import { MemoryLog } from '../../platform/memory-log.ts';

describe('choice of the TLS library', () => {
  const node = new NodeTls();

  it('follows the configuration where the addon can be used', () => {
    const log = new MemoryLog();
    const choice = new TlsChoice({ node, log, requireNative: () => undefined });
    assert.ok(choice.clientFor('native') instanceof NativeTls);
    assert.equal(choice.clientFor('node'), node);
    assert.deepEqual(log.lines, []);
  });

  it('uses Node.js where it cannot, and says why once', () => {
    const log = new MemoryLog();
    let asked = 0;
    const requireNative = (): void => {
      asked++;
      throw new TlsAddonError('no addon at /x', 'MISSING');
    };
    const choice = new TlsChoice({ node, log, requireNative });
    assert.equal(choice.clientFor('node'), node);
    assert.equal(asked, 0, 'not before it is needed');
    assert.equal(choice.clientFor('native'), node);
    assert.equal(choice.clientFor('native'), node);
    assert.equal(asked, 1);
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0]!, /no addon at \/x.*native-tls-missing/);
  });

  it('lets a fault of ours through', () => {
    const requireNative = (): void => {
      throw new TypeError('a bug');
    };
    const choice = new TlsChoice({ node, log: new MemoryLog(), requireNative });
    assert.throws(() => choice.clientFor('native'), TypeError);
  });
});
