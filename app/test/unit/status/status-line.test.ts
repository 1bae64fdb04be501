import assert from 'node:assert/strict';
import type { Config } from '../../../src/config/config.ts';
import { longestStatus } from '../../../src/platform/systemd-notify.ts';
import { statusLine } from '../../../src/status/status-line.ts';
import type { TunnelState } from '../../../src/tunnel/tunnel-state.ts';
import { upState, waitingState } from './status-fixture.ts';
import { serverHosts } from '../uplink/server-hosts.ts';

const config = { remote: { hosts: serverHosts('a', 'b') } } as unknown as Config; // All that is looked at.
const line = (state: Partial<TunnelState>, problem?: string): string =>
  statusLine({ ...upState, ...state }, config, problem);

describe('the status in one line', () => {
  it('says through which server the tunnel is up', () => {
    assert.match(line({}), /^tunnel up: .* through .* port 443 \(tcp\) \[tunnel-up\]$/);
  });

  it('does not call a tunnel up whose interface is not ready without saying so', () => {
    const problem = 'enf0 is down';
    assert.equal(
      line({}, problem),
      'tunnel up, but the interface is not ready: enf0 is down [link-problem]',
    );
    assert.doesNotMatch(statusLine(waitingState, config, problem), /link-problem/);
  });

  it('names what stands in the way, or what is being tried', () => {
    assert.equal(
      line({ phase: 'no-identity', problem: 'no key', problemCode: 'no-identity.key' }),
      'no usable identity: no key [no-identity.key]',
    );
    assert.equal(
      line({ phase: 'not-ready', problem: 'x', problemCode: 'not-ready' }),
      'not ready: x [not-ready]',
    );
    assert.equal(line({ phase: 'connecting' }), 'connecting to a, b');
    assert.equal(line({ phase: 'stopped' }), 'stopped');
  });

  it('keeps the code of a long line within what systemd is sent', () => {
    const problem = 'a name that cannot be resolved, '.repeat(40);
    const long = line({ phase: 'not-ready', problem, problemCode: 'not-ready' });
    assert.match(long, / \[not-ready\]$/);
    assert.ok(long.length <= longestStatus, `${long.length} characters`);
  });
});
