/** The tunnel over the sockets of the host: the card has no other network, and everything that may go, goes. */
import assert from 'node:assert/strict';
import type { CardSite } from '../harness/qemu/card-site.ts';
import type { SerialConsole } from '../harness/qemu/console.ts';
import type { PluggedHost } from '../harness/qemu/plugged-host.ts';
import { enfAddress6 } from '../harness/qemu/underlay.ts';
import { giveNetworkToHost } from '../harness/qemu/uplink-choice.ts';
import type { StatusDocument } from '../../src/status/status-document.ts';
import { testSha256 } from '../harness/test-bytes.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { keepConsoleOnFailure, patience, reset, theCard } from './card-fixture.ts';
import { longestSilence, startEchoes, untilEcho } from './echoes.ts';
import { giveIdentity } from './identity.ts';
import { residentMebibytesOfPrograms } from './memory.ts';
import { psockdStatus } from './psock-client.ts';
import { statusInWords, tunnelStatus, untilTunnelOver } from './tunnel-status.ts';

const bytes = Number(process.env.PSOCK_MEGABYTES ?? 4) * 1_000_000;
const transferSeconds = 60 + bytes / 50_000;
/** Of the test, in milliseconds: longer than the wait, which says what it waited for. */
const transferTimeout = (transferSeconds * patience + 60) * 1000;
/** Of any program, however much was moved: room for the pools of its garbage collector. */
const maxGrowthMebibytes = 24;
const controlAddress = 'fd00:8f80:1::c0de';
const unplug = 'echo >/sys/kernel/config/usb_gadget/g1/UDC';
const plug = 'ls /sys/class/udc >/sys/kernel/config/usb_gadget/g1/UDC';

describe('the tunnel over the sockets of the host', () => {
  let site: CardSite;
  let card: SerialConsole;
  let host: PluggedHost;
  before(async () => {
    site = await reset();
    card = site.console;
    host = site.host;
    await giveNetworkToHost(site);
    await host.lendSockets('', 60 * patience);
    await untilTunnelOver(card, 'psock');
  });
  keepConsoleOnFailure(async () => (await theCard()).site);

  const echo = () => host.ping(serviceAddress, 60 * patience);
  const carrierChanges = () => card.read('cat /sys/class/net/usb0/carrier_changes');

  it('is there without any other network of the card, and says why', async () => {
    assert.equal(await card.read('ip route show default'), '');
    await echo();
    const words = await statusInWords(card);
    assert.match(words, /^enf0: Connected to the ENF/);
    assert.match(words, /over the sockets of its USB host \(psock\), because its own network/);
    assert.match(words, /^ {2}Server +23\.147\.128\.112, port 443, over psock$/m);
    assert.match(words, /^ {2}Tried +23\.147\.128\.112 over tcp: /m);
    assert.match(await host.lendingEvents(), /"event":"connected","address":"23\.147\.128\.112"/);
  });

  let memory: ReadonlyMap<string, number>;
  it(`downloads ${bytes / 1e6} MB`, async () => {
    memory = await residentMebibytesOfPrograms(host);
    const url = `http://[${serviceAddress}]/${bytes}/psock`;
    const text = await timed(`curl -sS -m ${transferSeconds} ${url} | sha256sum`);
    assert.equal(text.split(' ')[0], testSha256(bytes, 'psock'));
  }).timeout(transferTimeout);

  it(`uploads ${bytes / 1e6} MB`, async () => {
    const text = await timed(
      `mkfifo /tmp/copy && (sha256sum </tmp/copy >/tmp/sum &) && head -c ${bytes} /dev/urandom | ` +
        `tee /tmp/copy | curl -sS -m ${transferSeconds} -X POST -T - http://[${serviceAddress}]/; ` +
        `echo; cat /tmp/sum; rm /tmp/copy`,
    );
    const [answer = '', sum = ''] = text.split('\n');
    const arrived = JSON.parse(answer) as { bytes: number; sha256: string };
    assert.deepEqual([arrived.bytes, arrived.sha256], [bytes, sum.split(' ')[0]]);
  }).timeout(transferTimeout);

  it('needs no more memory for having moved them', async () => {
    const after = await residentMebibytesOfPrograms(host);
    for (const [program, mebibytes] of after) {
      const grown = mebibytes - (memory.get(program) ?? 0);
      console.log(`      ${program}: ${mebibytes.toFixed(0)} MiB, ${grown.toFixed(1)} more`);
      assert.ok(grown < maxGrowthMebibytes, program);
    }
    assert.equal(after.size, 3);
  });

  it('is back within 5 s when the service is killed, and the gadget stays', async () => {
    const before = await carrierChanges();
    await startEchoes(host, 30 * patience);
    // Not polled meanwhile: questions take the time of the one processor.
    await card.run('systemctl kill --kill-whom=main -s KILL enftun@enf0; sleep 8', {
      deadlineSeconds: 60 * patience,
    });
    await untilEcho(host, 60 * patience);
    await untilTunnelOver(card, 'psock');
    const silence = await longestSilence(host);
    console.log(`      ${silence.toFixed(1)} s without an echo`);
    assert.ok(silence > 1 && silence <= 5);
    assert.equal(await carrierChanges(), before);
    assert.equal(await host.globalAddress(5), tunnelAddress);
  });

  it('has a second one beside it, whose death it does not notice', async () => {
    await giveIdentity(site, 'enf1', controlAddress);
    await card.run('systemctl start enftun@enf1', { deadlineSeconds: 60 * patience });
    await untilTunnelOver(card, 'psock', 'enf1');
    assert.equal((await psockdStatus(card)).sockets, 2);
    const { sessions } = await tunnelStatus(card);
    const megabyte = 1_000_000;
    const url = `http://[${serviceAddress}]/${megabyte}/two`;
    await host.run(`(curl -sS -m ${transferSeconds} ${url} | sha256sum >/tmp/sum) </dev/null &`);
    await card.run('systemctl kill --kill-whom=main -s KILL enftun@enf1');
    await host.untilRead('the transfer', 'cat /tmp/sum', transferSeconds, (text) =>
      text.startsWith(testSha256(megabyte, 'two')),
    );
    assert.equal((await tunnelStatus(card)).sessions, sessions);
    await untilTunnelOver(card, 'psock', 'enf1');
    await card.run('systemctl stop enftun@enf1', { deadlineSeconds: 30 * patience });
  });

  it('is back when psock-host was killed and started again', async () => {
    await host.stopLending();
    const killed = await now();
    await card.untilRead(
      'the loss',
      'systemctl show -P StatusText enftun@enf0',
      120 * patience,
      (text) => !text.includes('[tunnel-up]'),
    );
    const noticed = (await now()) - killed;
    console.log(`      noticed after ${noticed.toFixed(1)} s`);
    // Eight, and what it takes to ask; the heartbeat, with nothing to send, would take 25.
    assert.ok(noticed <= 18);
    assert.equal((await psockdStatus(card)).host, 'silent');
    assert.equal(await host.globalAddress(5), tunnelAddress);
    await card.untilRead(
      'a wait of more than ten seconds',
      'enftun status enf0 --json || :',
      300 * patience,
      (text) => text !== '' && ((JSON.parse(text) as StatusDocument).retryInSeconds ?? 0) > 10,
    );
    await host.lendSockets('', 60 * patience);
    const lent = await now();
    await untilTunnelOver(card, 'psock');
    const seconds = (await now()) - lent;
    console.log(`      ${seconds.toFixed(1)} s after psock-host was there`);
    assert.ok(seconds <= 6);
    await echo();
  }).timeout(1_200_000);

  it('is back when the cable was pulled and plugged in', async () => {
    await card.run(unplug);
    await card.untilRead(
      'the loss',
      'systemctl show -P StatusText enftun@enf0',
      60 * patience,
      (text) => !text.includes('[tunnel-up]'),
    );
    await card.run(plug);
    await host.plugIn(20 * patience);
    await host.untilLending(60 * patience);
    await untilTunnelOver(card, 'psock');
    await host.defaultRoute(60 * patience);
    await host.stopDhclient();
    await host.startDhclient();
    assert.equal(await host.globalAddress(60 * patience), tunnelAddress);
    await echo();
  });

  it('goes by the IPv6 of a host that has nothing else, and whose best way out is the card', async () => {
    await card.run(
      `sed '/hosts =/s/\\[.*\\]/[ "${enfAddress6}" ]/' /etc/enftun/enf0.conf >/data/enftun/enf0.conf`,
    );
    await card.run(
      [
        'ip netns exec host sysctl -qw net.ipv6.conf.eth0.accept_ra=0',
        'ip -n host address flush dev eth0',
        'ip -n host address add fec0::99/64 dev eth0 nodad',
        'ip -n host route add default via fec0::2 dev eth0 metric 4096',
      ].join(' && '),
    );
    assert.equal(await card.read('ip -n host -4 route show default'), '');
    const best = await host.read(`ip -6 route get ${enfAddress6}`);
    assert.match(best, new RegExp(`dev ${host.device} `));
    // The configuration is mounted at the start.
    await card.run('systemctl restart enftun@enf0', { deadlineSeconds: 60 * patience });
    await untilTunnelOver(card, 'psock');
    await echo();
    const { session } = await tunnelStatus(card);
    assert.equal(session?.server, enfAddress6);
    const events = await host.lendingEvents();
    assert.match(events, new RegExp(`"connected","address":"${enfAddress6}".*"device":"eth0"`));
  });

  /** By the clock of the emulated machine. */
  async function now(): Promise<number> {
    return Number(await card.read('date +%s.%N'));
  }

  /** Output of a transfer on the host; shows what it took by the clock of the emulated machine. */
  async function timed(command: string): Promise<string> {
    const text = await host.read(`date +%s.%N; ${command}; date +%s.%N`, {
      deadlineSeconds: transferSeconds * patience,
    });
    const lines = text.split('\n');
    const seconds = Number(lines.at(-1)) - Number(lines[0]);
    console.log(`      ${seconds.toFixed(1)} s`);
    return lines.slice(1, -1).join('\n');
  }
});
