/** A card with WiFi in a host that lends its sockets: the tunnel takes what works, the air first. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { AccessPoint } from '../harness/qemu/access-point.ts';
import { CardSite, runFolder } from '../harness/qemu/card-site.ts';
import type { SerialConsole } from '../harness/qemu/console.ts';
import { homeNetwork, joinWifi, openAccessPoint } from '../harness/qemu/uplink-choice.ts';
import { testSha256 } from '../harness/test-bytes.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { patience } from './card-fixture.ts';
import { longestSilence, startEchoes, untilEcho } from './echoes.ts';
import { statusInWords, tunnelStatus, untilTunnelOver } from './tunnel-status.ts';

const bytes = 4_000_000;
const perSecond = 100_000;

describe('a card with WiFi and a host that lends its sockets', () => {
  let site: CardSite;
  let card: SerialConsole;
  let accessPoint: AccessPoint;

  before(async () => {
    const folder = path.join(runFolder, 'failover');
    site = await CardSite.prepare({ folder, isUplinkCut: true }, 'failover');
    await site.powerOn(120 * patience);
    await site.untilStarted(120 * patience);
    await site.plugIn();
    card = site.console;
    accessPoint = await openAccessPoint(site);
    await accessPoint.connectHost();
    await joinWifi(site);
    await site.host.lendSockets('', 60 * patience);
    await site.host.startDhclient();
  });
  after(() => site.machine.cutPower());
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const units = "-u 'enftun@*' -u psockd -u wpa_supplicant@wlan0 -u systemd-networkd";
    console.log(
      await card.read(`journalctl -b --no-pager -o short-monotonic ${units} | tail -n 60`),
    );
    console.log(await site.host.lendingEvents().catch(String));
  });

  /** Seconds of the machine's clock at which the unit's log said this last. */
  async function saidAt(unit: string, words: string): Promise<number> {
    const line = await card.read(
      `journalctl -b --no-pager -o short-unix -u ${unit} | grep '${words}' | tail -n 1`,
    );
    const time = Number(/^[\d.]+/.exec(line)?.[0]);
    assert.ok(time > 0, `${unit} did not say: ${words}`);
    return time;
  }

  it('is on the air', async () => {
    await untilTunnelOver(card, 'tcp');
    assert.equal(await site.host.globalAddress(60 * patience), tunnelAddress);
    await site.host.ping(serviceAddress, 60 * patience);
    assert.doesNotMatch(await site.host.lendingEvents(), /"connected"/);
  });

  it('goes over to the sockets of its host within 15 s when the air is silent', async () => {
    await startEchoes(site.host, 30 * patience);
    await accessPoint.stop();
    await untilTunnelOver(card, 'psock');
    await untilEcho(site.host, 30 * patience);
    const silence = await longestSilence(site.host);
    console.log(`      ${silence.toFixed(1)} s without an echo`);
    assert.ok(silence > 0.5 && silence <= 15);
    assert.equal(await site.host.globalAddress(5), tunnelAddress);
    assert.match(await statusInWords(card), /over the sockets of its USB host \(psock\), because/);
  });

  it('comes back within 10 s of WiFi, and no connection of the host loses a byte', async () => {
    const url = `http://[${serviceAddress}]/${bytes}/moved`;
    const curl = `curl -sS -m ${10 * (bytes / perSecond)} --limit-rate ${perSecond} ${url}`;
    await site.host.run(`(${curl} | sha256sum >/tmp/sum) </dev/null &`);
    await startEchoes(site.host, 30 * patience);
    await accessPoint.start(homeNetwork);
    await untilTunnelOver(card, 'tcp');
    assert.equal(await site.host.read('cat /tmp/sum'), '', 'the transfer is over already');
    await untilEcho(site.host, 30 * patience);
    const silence = await longestSilence(site.host);
    const since = await saidAt('systemd-networkd', 'wlan0: Gained carrier');
    const moved = (await saidAt('enftun@enf0', 'to tcp: .*\\[tunnel-moved\\]')) - since;
    console.log(`      after ${moved.toFixed(1)} s; ${silence.toFixed(1)} s without an echo`);
    assert.ok(moved <= 10);
    assert.ok(silence <= 5);
    await site.host.untilRead('the transfer', 'cat /tmp/sum', 300 * patience, (text) =>
      /^\w/.test(text),
    );
    const sum = await site.host.read('cat /tmp/sum');
    assert.equal(sum.split(' ')[0], testSha256(bytes, 'moved'));
    const { session } = await tunnelStatus(card);
    assert.equal(session?.transport, 'tcp');
  });

  it('names a password that became wrong, and is online all the same', async () => {
    await accessPoint.start({ ...homeNetwork, password: 'another horse' });
    await untilTunnelOver(card, 'psock');
    await card.untilRead('the wrong password', 'enftun wifi status || :', 120 * patience, (text) =>
      text.includes(`the password of "${homeNetwork.ssid}" is wrong`),
    );
    await site.host.ping(serviceAddress, 60 * patience);
    assert.equal(await site.host.globalAddress(5), tunnelAddress);
  });
});
