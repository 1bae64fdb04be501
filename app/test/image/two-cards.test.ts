/**
 * Two cards in one host: the second one, a machine of its own with a host of its own, is offered over a network by
 * `make plug` and attached by the host of the first. Each carries its own address to the same ENF. Afterwards the
 * second is back in its own host.
 */
import assert from 'node:assert/strict';
import type { AnotherCard, CardSite } from '../harness/qemu/card-site.ts';
import { openCableServer } from '../../demo/cable-server.ts';
import type { PluggedHost } from '../harness/qemu/plugged-host.ts';
import { attachCable, exportedDevice, listCables } from '../harness/qemu/usb-over-ip.ts';
import { logFile, script } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
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

/** Not the one that usbipd has behind the plug. */
const offeredPort = 3241;

describe('two cards in one host', () => {
  let first: CardSite;
  let second: CardSite;
  let plug: Program;
  /** Where the second card is plugged into the host of the first. */
  let cable: PluggedHost;

  before(async function () {
    this.timeout(600_000 * patience); // two cards start, one after the other
    first = (await theCard()).site;
    await rest();
    second = await first.prepareAnother(another);
    await second.powerOn(120 * patience);
    await second.untilStarted(120 * patience);
    await second.plugIn();
    await second.host.startDhclient();
    await second.host.ping(serviceAddress, 120 * patience);
    await openCableServer(second);
  });
  after(() => second.machine.cutPower());
  keepConsoleOnFailure(() => Promise.resolve(first));

  it('make plug takes the second card out of its own host and offers it', async () => {
    plug = first.underlay.uplink.start('plug', [...script('demo/plug.ts'), second.folder], {
      log: logFile('plug'),
      environment: { LISTEN: `127.0.0.1:${offeredPort}` },
    });
    await plug.until('the offer', 60 * patience, () => plug.log().includes('Ctrl-C'));
    const { output } = await second.host.run('ip -6 route show default');
    assert.equal(output.trim(), '');
    await reset();
    assert.match(await listCables(first, offeredPort), new RegExp(exportedDevice));
  });

  it('the host of the first takes it, beside the first', async () => {
    await attachCable(first, offeredPort);
    cable = first.host.cable(another.identity.hostMac);
    await cable.plugIn(30 * patience);
    assert.notEqual(cable.device, first.host.device);
  });

  it('both give the host their address', async () => {
    await cable.startDhclient();
    assert.equal(await cable.globalAddress(60 * patience), another.tunnelAddress);
    assert.equal(await first.host.globalAddress(5 * patience), tunnelAddress);
  });

  it('both carry traffic, each from its own address', async () => {
    for (const [host, address] of [
      [first.host, tunnelAddress],
      [cable, another.tunnelAddress],
    ] as const) {
      // Bound to the interface: which of two equal default routes is taken is the host's own affair.
      const ms = await host.ping(`-I ${host.device} ${serviceAddress}`, 60 * patience);
      console.log(`      ${host.device}: ${address}, echo after ${ms} ms`);
      const reply = await host.read(
        `curl -sS -m ${30 * patience} --interface ${host.device} -d hello http://[${serviceAddress}]/`,
        { deadlineSeconds: 60 * patience },
      );
      assert.equal((JSON.parse(reply) as { from: string }).from, address);
    }
  });

  it('Ctrl-C brings the second back into its own host, which comes online again', async () => {
    await plug.stop('SIGINT', 60 * patience);
    assert.equal(await plug.ended, 0);
    assert.equal(await second.host.globalAddress(60 * patience), another.tunnelAddress);
    await second.host.ping(serviceAddress, 60 * patience);
    await first.host.untilRead(
      'the end of the cable',
      'ip -o link',
      30 * patience,
      (links) => !links.includes(another.identity.hostMac),
    );
    await first.host.ping(serviceAddress, 60 * patience);
  });
});
