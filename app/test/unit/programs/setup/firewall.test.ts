import assert from 'node:assert/strict';
import { firewallOf } from '../../../../src/programs/setup/firewall.ts';
import { plan } from './plans.ts';

const enf1 = plan({ interfaceName: 'enf1', mark: 364, ports: [8443], isDefault: false });
const enf2 = plan({ interfaceName: 'enf2', mark: 363, table: 2099, trusted: ['lan'] });

describe('setup/firewall', () => {
  it('lets the marked packets out first', () => {
    const output = firewallOf(plan(), []).text.split('chain output')[1]!.split('\n').slice(2, 4);
    assert.deepEqual(
      output.map((line) => line.trim()),
      [
        'meta mark { 363 } tcp dport { 53, 443, 444 } accept',
        'meta mark { 363 } udp dport 53 accept',
      ],
    );
  });

  it('drops what no rule accepts, in all three directions', () => {
    for (const hook of ['input', 'output', 'forward']) {
      assert.match(
        firewallOf(plan(), []).text,
        new RegExp(`hook ${hook} priority filter; policy drop;`),
      );
    }
  });

  it('never accepts an echo request from the uplink', () => {
    assert.doesNotMatch(firewallOf(plan(), []).text, /\b128\b|echo/);
  });

  it('lets the tunnels beside it through, with their marks and ports', () => {
    const { text } = firewallOf(plan(), [enf1, enf2]);
    assert.match(text, /meta mark \{ 363, 364 \} tcp dport \{ 53, 443, 444, 8443 \} accept/);
    assert.match(text, /oifname \{ "enf0", "enf1", "enf2", "lan" \} accept/);
  });

  it('is the same text, whichever tunnel came last', () => {
    assert.deepEqual(firewallOf(plan(), [enf1, enf2]), firewallOf(plan(), [enf2, enf1]));
  });

  it('has another stamp for another text', () => {
    const stamps = [[], [enf1], [enf2]].map((others) => firewallOf(plan(), others).stamp);
    assert.equal(new Set(stamps).size, 3);
  });
});
