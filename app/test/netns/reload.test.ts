/** SIGHUP: what has changed takes effect, nothing else is touched, and a mistake in a file costs nothing. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasLogged } from '../harness/logged.ts';
import { makeClient } from '../harness/credentials.ts';
import { defaultRoute, globalAddresses } from '../harness/host-client.ts';
import { labFolder, logFile } from '../harness/paths.ts';
import { lastLines, run } from '../harness/process.ts';
import { routerAddresses, serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { otherConnection, uplinkConnection } from '../harness/uplink-connection.ts';
import { opensslCredential } from '../unit/identity/openssl-credential.ts';
import { bothLinks, siteForEach } from './site-fixture.ts';

for (const link of bothLinks) {
  describe(`reload, link ${link}`, () => {
    const site = siteForEach({ link }, (opened) => opened.untilOnline());
    const card = () => site().network.card;

    async function reload(expected: RegExp): Promise<string> {
      const before = site().enftun.log().length;
      process.kill(site().enftun.pid, 'SIGHUP');
      return site().enftun.until(`${expected.source} in the log`, 5, () => {
        const log = site().enftun.log().slice(before);
        return expected.test(log) ? log : undefined;
      });
    }

    async function edit(change: (text: string) => string): Promise<void> {
      const before = await readFile(site().configFile, 'utf8');
      const after = change(before);
      assert.notEqual(after, before);
      await writeFile(site().configFile, after);
    }

    it('without a change keeps the very connection', async () => {
      const before = await uplinkConnection(card());
      await reload(/nothing has changed \[reloaded\]/);
      await sleep(300);
      assert.equal(await uplinkConnection(card()), before);
      await site().untilPing();
    });

    it('of another server moves the tunnel there, without a new host link', async () => {
      const before = await uplinkConnection(card());
      const route = await defaultRoute(site().host);
      await edit((text) => text.replace(routerAddresses.ipv4, routerAddresses.ipv6));
      await reload(/remote\.hosts changed \[reloaded\]/);
      const after = await otherConnection(card(), before, 5);
      assert.match(after, /^\[2001:db8:1::1\]/);
      await site().untilPing(5);
      assert.ok(!hasLogged(site().enftun.log(), 'link-disconnected'), 'the link was never down');
      if (link === 'ethernet') {
        assert.equal((await defaultRoute(site().host))?.gateway, route?.gateway);
      }
      site().assertServiceAlive();
    });

    if (link === 'ethernet') {
      it('without the default route takes it from the host, which keeps its address', async () => {
        const addresses = await globalAddresses(site().host);
        await edit((text) => text.replace('"default"', '"fd00:8f80:2::/64"'));
        await reload(/route\.prefixes changed \[reloaded\]/);
        await until(
          'no default route at the host',
          5,
          async () => !(await defaultRoute(site().host)),
        );
        assert.deepEqual(await globalAddresses(site().host), addresses);
        site().assertServiceAlive();
      });
    }

    it('of a file with a mistake changes nothing, now and later', async () => {
      const before = await uplinkConnection(card());
      await edit((text) => text.replace('port = "443"', 'port = "70000"'));
      const log = await reload(/remote\.port: .*\[config-kept\]/);
      assert.equal(log.trim().split('\n').length, 1, log);
      await sleep(300);
      assert.equal(await uplinkConnection(card()), before);
      await site().enfServer.kill();
      await site().restartEnf();
      await site().untilPing(15);
    });

    it('with keys that cannot be used keeps the tunnel, also through a new connection', async () => {
      const keyFile = /key_file = "(.*)"/.exec(await readFile(site().configFile, 'utf8'))![1]!;
      const key = await readFile(keyFile);
      try {
        await writeFile(keyFile, 'not a key');
        await reload(/the identity that was read before stays in use/);
        await site().untilPing();
        await site().enfServer.kill();
        await site().restartEnf();
        await site().untilPing(15);
      } finally {
        await writeFile(keyFile, key);
      }
    });

    it('with a pair that the TLS library refuses keeps the tunnel, also through a new connection', async () => {
      const configuration = await readFile(site().configFile, 'utf8');
      const refused = opensslCredential({ key: 'RSA:512' });
      const kept = new Map<string, Buffer>();
      try {
        for (const [name, text] of Object.entries({
          cert_file: refused.cert,
          key_file: refused.key,
        })) {
          const file = new RegExp(`\\b${name} = "(.*)"`).exec(configuration)![1]!;
          kept.set(file, await readFile(file));
          await writeFile(file, text);
        }
        await reload(/its key is too short.*the identity that was read before stays in use/);
        await site().untilPing();
        await site().enfServer.kill();
        await site().restartEnf();
        await site().untilPing(15);
        site().assertServiceAlive();
      } finally {
        for (const [file, content] of kept) await writeFile(file, content);
      }
    });

    it('of a key that is read at the start only says so, and keeps the tunnel', async () => {
      const before = await uplinkConnection(card());
      await edit((text) =>
        text.replace(/ip_set = (true|false)/, (_, was) => `ip_set = ${was !== 'true'}`),
      );
      await reload(/tun\.ip_set: the new value takes effect with the next start/);
      assert.equal(await uplinkConnection(card()), before);
    });

    it('several times at once ends in the last state', async () => {
      await edit((text) => text.replace(routerAddresses.ipv4, routerAddresses.ipv6));
      for (let i = 0; i < 20; i++) process.kill(site().enftun.pid, 'SIGHUP');
      await until('a connection over IPv6', 5, async () =>
        (await uplinkConnection(card())).startsWith('[2001:'),
      );
      await site().untilPing(5);
      site().assertServiceAlive();
    });

    it('a thousand a second leave the traffic flowing, and are worked off at once', async () => {
      const { pid } = site().enftun;
      const storm = setInterval(() => {
        for (let n = 0; n < 10; n++) process.kill(pid, 'SIGHUP');
      }, 10);
      const pings = ['ping', '-6', '-n', '-q', '-c', '40', '-i', '0.1', '-W', '5', serviceAddress];
      const { stdout } = await site().host.run(pings, { mayFail: true });
      clearInterval(storm);
      const received = Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
      assert.ok(received >= 36, stdout);
      await edit((text) => text.replace('fwmark = 363', 'fwmark = 364'));
      await reload(/reloaded: route\.fwmark changed/);
      site().assertServiceAlive();
    });

    it('a second SIGTERM changes nothing about an orderly end', async () => {
      // Data on its way, so that the goodbye takes its time.
      site().with(
        site().host.start('ping', ['ping', '-6', '-q', '-f', '-s', '1200', serviceAddress], {
          log: '/dev/null',
        }),
      );
      process.kill(site().enftun.pid, 'SIGTERM');
      while (site().enftun.isRunning) {
        try {
          process.kill(site().enftun.pid, 'SIGTERM');
        } catch {
          break; // it has ended
        }
        await sleep(1);
      }
      assert.equal(await site().enftun.ended, 0, lastLines(site().enftun.log(), 5));
    });
  });
}

describe('reload, while the program that sets the address is slow', () => {
  const folder = `${labFolder}/slow`;
  const otherAddress = 'fd00:8f80:7::99';
  const site = siteForEach(
    {
      link: 'tun',
      keys: {
        'tun.ip_path': `"${folder}/ip"`,
        'identity.cert_file': `"${folder}/client.crt.pem"`,
        'identity.key_file': `"${folder}/client.key.pem"`,
      },
    },
    async (opened) => {
      await makeFiles();
      await opened.untilOnline();
    },
  );

  async function makeFiles(): Promise<void> {
    await mkdir(folder, { recursive: true });
    const { stdout } = await run(['sh', '-c', 'command -v ip']);
    const hold = `while [ -e ${folder}/hold ]; do /bin/sleep 0.1; done`;
    const script = `#!/bin/sh\n[ ! -e ${folder}/slow ] || ${hold}\nexec ${stdout.trim()} "$@"\n`;
    await writeFile(`${folder}/ip`, script, { mode: 0o755 });
    await makeClient(`${labFolder}/pki`, `${folder}/own`, tunnelAddress);
    await makeClient(`${labFolder}/pki`, `${folder}/other`, otherAddress);
    await giveIdentity('own');
  }

  async function giveIdentity(name: string): Promise<void> {
    for (const file of ['client.crt.pem', 'client.key.pem']) {
      await copyFile(`${folder}/${name}/${file}`, `${folder}/${file}`);
    }
  }

  it('an identity that is taken back before it is in use changes nothing', async () => {
    const addresses = () => globalAddresses(site().host, site().hostDevice);
    const watch = ['ip', '-6', 'monitor', 'address'];
    const monitor = site().with(site().host.start('monitor', watch, { log: logFile('monitor') }));
    await writeFile(`${folder}/hold`, '');
    await writeFile(`${folder}/slow`, '');
    await giveIdentity('other');
    process.kill(site().enftun.pid, 'SIGHUP');
    await site().enftun.until('the program to be under way', 10, async () => {
      const { stdout } = await run(['ps', '-eo', 'args']);
      return stdout.includes(`/bin/sh ${folder}/ip `);
    });
    await rm(`${folder}/slow`);
    await giveIdentity('own');
    process.kill(site().enftun.pid, 'SIGHUP');
    // A program that was given up, and runs all the same, goes on then: long before its own deadline.
    await sleep(1500);
    await rm(`${folder}/hold`);
    const connection = await otherConnection(site().network.card, '', 10);
    await site().untilPing(10);
    assert.deepEqual(await addresses(), [tunnelAddress]);
    assert.doesNotMatch(monitor.log(), /Deleted .*fd00:/);
    assert.equal(await uplinkConnection(site().network.card), connection);
    assert.equal(await site().canPing(), true);
    assert.doesNotMatch(site().enftun.log(), new RegExp(`${otherAddress}.*\\[address-changed\\]`));
  });
});
