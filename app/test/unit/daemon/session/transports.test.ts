import assert from 'node:assert/strict';
import type { Config } from '../../../../src/config/config.ts';
import { buildTransports } from '../../../../src/daemon/session/transports.ts';
import { FakeClock, longestWaits } from '../../core/fake-clock.ts';

const remote = {
  dnsServers: [],
  transports: undefined,
  psockSocket: '/none/socket',
  hssFamily: 250,
};
const clock = new FakeClock();

function build(wanted: Config['remote']['transports']) {
  // Only these keys are looked at.
  const config = { remote: { ...remote, transports: wanted }, route: { fwmark: 363 } } as unknown;
  return buildTransports(config as Config, clock, longestWaits);
}

describe('transports', () => {
  it('are all, in the order native, psock, hss, and none is missed that is not there', () => {
    const built = build(undefined);
    assert.deepEqual(
      built.map(({ name, isOptional }) => [name, isOptional ?? false]),
      [
        ['tcp', false],
        ['psock', true],
        ['hss', true],
      ],
    );
  });

  it('are those asked for, in that order, and each says why it cannot be used', () => {
    const problems = build(['hss', 'psock', 'tcp']).map((transport) => [
      transport.name,
      transport.isOptional ?? false,
      transport.unavailable(),
    ]);
    assert.deepEqual(problems, [
      ['hss', false, 'the kernel has no socket family 250'],
      ['psock', false, 'there is no /none/socket; is psockd running?'],
      ['tcp', false, undefined],
    ]);
  });
});
