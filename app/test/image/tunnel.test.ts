/** What a host can do through the card: stock clients, transfers both ways, and what survives trouble. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CardSite } from '../harness/qemu/card-site.ts';
import { testSha256 } from '../harness/test-bytes.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { keepConsoleOnFailure, patience, reset, theCard } from './card-fixture.ts';
import { longestSilence, startEchoes, untilEcho } from './echoes.ts';
import { giveIdentity } from './identity.ts';
import { tunnelStatus } from './tunnel-status.ts';

const bytes = 512 * 1024;

describe('the host behind the card', () => {
  let site: CardSite;
  before(async () => {
    ({ site } = await theCard());
    await reset();
  });
  keepConsoleOnFailure(async () => (await theCard()).site);

  it('has its address and a default route by dhclient and the kernel', async () => {
    assert.equal(await site.host.globalAddress(), tunnelAddress);
    const route = await site.host.defaultRoute();
    assert.deepEqual(route, { gateway: 'fe80::1', dev: site.host.device });
  });

  it('passes packets of 1280 bytes', async () => {
    const ping = `ping -6 -n -c 2 -W 5 -M do -s ${1280 - 48} ${serviceAddress}`;
    assert.match(await site.host.read(ping), / 0% packet loss/);
  });

  it('is served with ChaCha20, for a processor without AES instructions', async () => {
    // Seen from outside of the sandbox, where the service itself must ask in another way.
    assert.doesNotMatch(await site.console.read('grep Features /proc/cpuinfo'), /\baes\b/);
    const { session } = await tunnelStatus(site.console);
    assert.match(session?.cipher ?? 'no session', /^TLSv1\.3, TLS_CHACHA20_POLY1305_SHA256$/);
    assert.equal(session?.tls, 'native');
  });

  it('downloads what was sent', async () => {
    const url = `http://[${serviceAddress}]/${bytes}/image`;
    const sum = await site.host.read(`curl -sS -m ${60 * patience} ${url} | sha256sum`, {
      deadlineSeconds: 90 * patience,
    });
    assert.equal(sum.split(' ')[0], testSha256(bytes, 'image'));
  });

  it('uploads what it has', async () => {
    const script =
      `head -c ${bytes} /dev/urandom >/tmp/up; sha256sum </tmp/up; ` +
      `curl -sS -m ${60 * patience} --data-binary @/tmp/up http://[${serviceAddress}]/`;
    const text = await site.host.read(script, { deadlineSeconds: 90 * patience });
    const [sum = '', answer = ''] = text.split('\n');
    const { bytes: arrived, sha256 } = JSON.parse(answer) as { bytes: number; sha256: string };
    assert.equal(arrived, bytes);
    assert.equal(sha256, sum.split(' ')[0]);
  });

  it('keeps its address when the service is killed, and is back at once', async () => {
    const address = await site.host.globalAddress();
    const silences: number[] = [];
    // The card's clock counts instructions, but its ENF runs on a machine that may do something else.
    while (!silences.some((seconds) => seconds <= 5)) {
      assert.ok(silences.length < 3, `${silences.join()} s without an echo`);
      silences.push(await silenceAfterKill());
    }
    assert.ok(Math.min(...silences) > 1, 'it was killed');
    assert.equal(await site.host.globalAddress(5), address);
    assert.equal((await site.host.defaultRoute(1)).gateway, 'fe80::1');
  });

  /** Seconds without an echo when the service is killed. */
  async function silenceAfterKill(): Promise<number> {
    const before = await site.console.read('systemctl show -P MainPID enftun@enf0');
    // A service that has run for a while starts from compiled code.
    await site.console.read('until [ -e /run/enftun/enf0/code ]; do sleep 1; done', {
      deadlineSeconds: 60 * patience,
    });
    await startEchoes(site.host, 30 * patience);
    // Not polled meanwhile: questions take the time of the one processor.
    await site.console.run('systemctl kill --kill-whom=main -s KILL enftun@enf0; sleep 8', {
      deadlineSeconds: 60 * patience,
    });
    await untilEcho(site.host, 60 * patience);
    const seconds = await longestSilence(site.host);
    console.log(`      traffic back after ${seconds.toFixed(1)} s`);
    const now = await site.console.read('systemctl show -P MainPID enftun@enf0');
    assert.notEqual(now, before);
    return seconds;
  }

  it('is notified that the ENF has gone, and comes back with it after a minute', async () => {
    await site.enfServer.kill();
    const gone = performance.now();
    await site.host.untilRead(
      'an error instead of silence',
      `ping -6 -n -c 1 -W 2 ${serviceAddress} 2>&1 | grep -i unreachable`,
      60 * patience,
      (text) => text !== '',
    );
    await sleep(60_000 - (performance.now() - gone));
    assert.equal(await site.host.globalAddress(), tunnelAddress);
    assert.equal((await site.host.defaultRoute(1)).gateway, 'fe80::1');
    await site.restartEnf();
    await site.host.ping(serviceAddress, 90 * patience);
  });

  it('is served by systemd-networkd as a client too', async () => {
    const device = site.host.device;
    await site.host.stopDhclient();
    await site.host.run(`ip address flush dev ${device} scope global`);
    await site.host.run(
      'mkdir -p /run/systemd/network && ' +
        `printf '[Match]\\nName=${device}\\n[Network]\\nIPv6AcceptRA=yes\\nLinkLocalAddressing=ipv6\\n' ` +
        '>/run/systemd/network/card.network && ' +
        '(setsid /usr/lib/systemd/systemd-networkd </dev/null >/run/networkd.log 2>&1 &)',
    );
    assert.equal(await site.host.globalAddress(60 * patience), tunnelAddress);
    await site.host.ping(serviceAddress, 30 * patience);
  });

  it('gives the host its new address within seconds, when the card gets another identity', async () => {
    const newAddress = 'fd00:8f80:1::4321';
    await giveIdentity(site, 'enf0', newAddress);
    await site.console.run('systemctl reload enftun@enf0', { deadlineSeconds: 60 * patience });
    await site.host.untilRead(
      'the new address on the host',
      `ip -6 -o address show dev ${site.host.device} scope global -tentative`,
      30 * patience,
      (text) => text.includes(`${newAddress}/`),
    );
    await site.host.ping(serviceAddress, 30 * patience);
  });
});
