/**
 * Two cards in one host: the second one, a machine of its own, is plugged in over a network (USB over IP), as
 * `make plug` does it. Each carries its own address to the same ENF.
 */
import assert from 'node:assert/strict';
import type { AnotherCard, CardSite } from '../../lab/qemu/card-site.ts';
import type { PluggedHost } from '../../lab/qemu/plugged-host.ts';
import { attachCable, exportCable, usbipPort } from '../../lab/qemu/usb-over-ip.ts';
import { serviceAddress, tunnelAddress } from '../../lab/topology.ts';
import { keepConsoleOnFailure, patience, reset, rest, theCard } from './card-fixture.ts';

const another: AnotherCard = {
  name: 'second',
  identity: {
    serial: 'QEMU0000000002',
    hostMac: '02:8f:80:00:00:11',
    cardMac: '02:8f:80:00:00:12',
  },
  tunnelAddress: 'fd00:8f80:1::5678',
};

describe('two cards in one host', () => {
  let first: CardSite;
  let second: CardSite;
  let cable: PluggedHost;

  before(async () => {
    first = (await theCard()).site;
    await rest();
    second = await first.prepareAnother(another);
    await second.powerOn(120 * patience);
    await second.untilStarted(120 * patience);
  });
  after(() => second.machine.cutPower());
  keepConsoleOnFailure(async () => (await theCard()).site);

  it('the host takes the second card over the network, beside the first', async () => {
    await reset();
    await exportCable(second, usbipPort);
    await attachCable(first, usbipPort);
    cable = first.host.cable(another.identity.hostMac);
    await cable.plugIn(30 * patience);
    assert.notEqual(cable.device, first.host.device);
  });

  it('both give the host their address', async () => {
    await cable.startDhclient();
    assert.equal(await cable.globalAddress(60 * patience), another.tunnelAddress);
    assert.equal(await first.host.globalAddress(5), tunnelAddress);
  });

  it('both carry traffic, each from its own address', async () => {
    for (const [host, address] of [
      [first.host, tunnelAddress],
      [cable, another.tunnelAddress],
    ] as const) {
      // Bound to the interface: which of two equal default routes is taken is the host's own affair.
      await host.ping(`-I ${host.device} ${serviceAddress}`, 60 * patience);
      const reply = await host.read(
        `curl -sS -m ${30 * patience} --interface ${host.device} -d hello http://[${serviceAddress}]/`,
        { deadlineSeconds: 60 * patience },
      );
      assert.equal((JSON.parse(reply) as { from: string }).from, address);
    }
  });
});
