import assert from 'node:assert/strict';
import { rulesIn } from '../../../../src/programs/setup/kernel-state.ts';
import { routesOf, rulesOf } from '../../../../src/programs/setup/routing.ts';
import { plan } from './plans.ts';

describe('setup/routing', () => {
  it('has a route that leads nowhere behind multicast, whose next one would be that of an uplink', () => {
    const prefixes = [{ text: 'ff15::/16', isMulticast: true }];
    const words = routesOf(plan({ isDefault: false, prefixes })).map((route) => route.words);
    assert.deepEqual(words, [
      'ff15::/16 dev enf0 table 255 metric 50 protocol kernel',
      'unreachable ff15::/16 table 255 metric 2147483647 protocol kernel',
    ]);
  });

  describe('of prefixes', () => {
    const prefixes = ['2001:db8::/32', '2001:db8::7'].map((text) => ({ text, isMulticast: false }));
    const wanted = plan({ isDefault: false, prefixes });

    it('asks no table of other programs: neither a better route nor a socket at an uplink leads out', () => {
      const own = rulesOf(wanted).filter(({ priority }) => priority > 2092);
      assert.deepEqual(
        own.map(({ words }) => words),
        [
          'priority 2093 to 2001:db8::/32 lookup 2097 protocol kernel',
          'priority 2094 to 2001:db8::/32 unreachable protocol kernel',
          'priority 2093 to 2001:db8::7 lookup 2097 protocol kernel',
          'priority 2094 to 2001:db8::7 unreachable protocol kernel',
        ],
      );
      const routes = routesOf(wanted).map((route) => route.words);
      assert.ok(routes.every((words) => words.includes(' table 2097 ')));
    });

    it('recognizes its rules in what iproute2 reports', () => {
      const reported = [
        { priority: 2093, src: 'all', dst: '2001:db8::', dstlen: 32, table: '2097', protocol: '2' },
        { priority: 2094, src: 'all', dst: '2001:db8::', dstlen: 32, action: '7', protocol: '2' },
        { priority: 2093, src: 'all', dst: '2001:db8::7', table: '2097', protocol: '2' },
        { priority: 2094, src: 'all', dst: '2001:db8::7', action: '7', protocol: '2' },
      ];
      const own = rulesOf(wanted).filter(({ priority }) => priority > 2092);
      const keys = (rules: readonly { readonly key: string }[]) => rules.map(({ key }) => key);
      assert.deepEqual(keys(rulesIn(6, reported)), keys(own));
    });
  });
});
