import assert from 'node:assert/strict';
import { routesOf } from '../../../../src/programs/setup/routing.ts';
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
});
