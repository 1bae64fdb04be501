/** The page as the host reaches it: there in every state, and nothing else beside it. */
import assert from 'node:assert/strict';
import { Capture } from '../harness/capture.ts';
import { HostPage } from '../harness/host-page.ts';
import { labFolder, logFile, script } from '../harness/paths.ts';
import type { Site } from '../harness/site.ts';
import {
  cardMac,
  hostInterface,
  serviceAddress,
  tunnelAddress,
  usbInterface,
} from '../harness/topology.ts';
import { startWebServer, transfer } from '../harness/transfer.ts';
import { until, untilExactly } from '../harness/until.ts';
import { siteForAll } from './site-fixture.ts';

const socket = `${labFolder}/status`;
const keys = { 'status.socket': `"${socket}"` };
const atRouter = `http://[fe80::1%25${hostInterface}]`;
const atPage = 'http://[fde7:c3f9:6d0e::1]';

describe("the card's page", () => {
  let page: HostPage | undefined;
  const site = siteForAll({ link: 'ethernet', keys }, async (opened) => {
    page = await HostPage.open(opened.network.card, socket);
    await opened.untilOnline();
  });
  after(() => page?.close());

  it('is at fe80::1 and at an address for browsers, for people and for programs', async () => {
    for (const address of [atRouter, atPage]) {
      const html = await curl(site(), `${address}/`);
      assert.match(html, />Connected to the ENF<\/h1>/);
      const status = JSON.parse(await curl(site(), `${address}/status.json`)) as {
        state: string;
        address: string;
        link: object;
      };
      assert.equal(status.state, 'up');
      assert.equal(status.address, tunnelAddress);
      assert.deepEqual(status.link, {
        type: 'ethernet',
        interface: usbInterface,
        hasCarrier: true,
        problem: null,
      });
    }
  });

  it('is refused to a name, as after DNS rebinding', async () => {
    const options = ['--connect-to', `::[fde7:c3f9:6d0e::1]:80`, '-w', '%{http_code}'];
    const answer = await curl(site(), 'http://evil.example/status.json', ...options);
    assert.match(answer, /421$/);
    assert.ok(!answer.includes(tunnelAddress));
  });

  it('is refused to another web site', async () => {
    for (const header of ['Origin: http://evil.example', 'Referer: http://evil.example/']) {
      const answer = await curl(
        site(),
        `${atPage}/status.json`,
        '-H',
        header,
        '-w',
        '%{http_code}',
      );
      assert.match(answer, /403$/);
      assert.ok(!answer.includes(tunnelAddress));
    }
  });

  it('has the only port that the host can reach on the card', async () => {
    const capture = await page!.capture('tcp');
    const ranges = ['1-1100', '5353-5360', '8000-8100', '65400-65535'];
    for (const address of [`fe80::1%${hostInterface}`, 'fde7:c3f9:6d0e::1']) {
      const argv = [...script('test/attack/scan-ports.ts'), 'scan', address, '80', ...ranges];
      const { stdout } = await site().host.run(argv, { deadlineSeconds: 60 });
      assert.deepEqual(JSON.parse(stdout), [80]);
    }
    const ports = new Set((await capture.stop()).map(({ bytes }) => lowerPort(bytes)));
    assert.deepEqual([...ports], [80], 'nothing else comes as far as the namespace');
  });

  it('answers no UDP and no echo at its own address', async () => {
    const { status } = await site().ping('-W', '1', 'fde7:c3f9:6d0e::1');
    assert.notEqual(status, 0);
    const capture = await page!.capture('udp or icmp6 and ip6[40] == 128');
    const say = `require('dgram').createSocket('udp6').send('x', 80, 'fde7:c3f9:6d0e::1', () => process.exit())`;
    await site().host.run([process.execPath, '-e', say]);
    assert.deepEqual(await capture.stop(), []);
  });

  it('is never asked for in the tunnel', async () => {
    const capture = await Capture.start(site().network.enf, 'enf0', 'net fde7:c3f9:6d0e::/48');
    await curl(site(), `${atPage}/status.json`);
    assert.deepEqual(await capture.stop(), []);
  });

  it('keeps the Router flag by which the host recognizes its router', async () => {
    await site().host.ip([`neigh flush dev ${hostInterface}`], '-6');
    await curl(site(), `${atRouter}/status.json`);
    const neighbours = await site().host.ipJson<{ dst: string; router?: null }>('-6 neigh show');
    assert.ok(neighbours.some((one) => one.dst === 'fe80::1' && 'router' in one));
    await site().untilPing();
  });

  it('comes back after callers that send byte after byte, with the tunnel untouched', async () => {
    const argv = [
      ...script('test/attack/scan-ports.ts'),
      'hold',
      `fe80::1%${hostInterface}`,
      '80',
      '20',
    ];
    const holders = site().host.start('holders', argv, { log: logFile('knock') });
    const count = (word: string): number => holders.log().split(`${word}\n`).length - 1;
    await holders.until('connections that are held', 10, () => count('held') >= 8);
    assert.notEqual((await ask(site())).status, 0, 'all places are taken');
    await site().untilPing();
    // Node.js itself would let them go after a minute.
    await untilExactly('the page again', 50, async () =>
      (await ask(site())).stdout.includes('"state": "up"'),
    );
    assert.ok(holders.isRunning);
    await holders.kill();
  });

  it('takes no more than its share of a flood, and the tunnel goes on', async () => {
    const web = await startWebServer(site().network.enf, serviceAddress);
    site().with(web);
    const capture = await page!.capture('ip6 dst host fe80::1 and tcp');
    const sent = 50_000;
    const argv = [
      ...script('test/attack/scan-ports.ts'),
      'flood',
      hostInterface,
      cardMac,
      String(sent),
    ];
    const [{ stdout }] = await Promise.all([
      site().host.run(argv),
      transfer(site().host, serviceAddress, 'download', 1024 * 1024),
    ]);
    const seconds = Number(stdout);
    const arrived = (await capture.stop()).length;
    const told = `${arrived} of ${sent} frames came through in ${seconds.toFixed(1)} s`;
    assert.ok(arrived > 0 && arrived < sent / 2, told);
    // 200 at once, and 500 in each second; it goes on for a moment at both ends.
    assert.ok(arrived < 200 + 500 * (seconds + 1), told);
    await until('the page again', 15, async () =>
      (await curl(site(), `${atRouter}/status.json`)).includes('"state": "up"'),
    );
    site().assertServiceAlive();
  });

  for (const kind of ['syn', 'ack', 'solicit']) {
    it(`has few neighbours, however many addresses a flood comes from: ${kind}`, async () => {
      const capture = await page!.capture('ip6 dst host fe80::1 or icmp6');
      const argv = [
        ...script('test/attack/scan-ports.ts'),
        'flood',
        hostInterface,
        cardMac,
        '20000',
        kind,
      ];
      await site().host.run(argv);
      assert.ok((await capture.stop()).length > 0, 'something of it came through');
      const neighbours = await page!.neighbours();
      assert.ok(neighbours <= 32, `${neighbours} neighbours`);
      await until('the page again', 15, async () =>
        (await ask(site())).stdout.includes('"state": "up"'),
      );
    });
  }

  it('is there without the service, and says so', async () => {
    await site().enftun.kill();
    await site().host.ip([`neigh flush dev ${hostInterface}`], '-6');
    const answer = await curl(site(), `${atRouter}/status.json`, '-w', '%{http_code}');
    assert.match(answer, /"state": "not-running"[^]*503$/);
    assert.match(await curl(site(), `${atRouter}/`), /The tunnel service does not answer/);
  });
});

describe('without an identity', () => {
  let page: HostPage | undefined;
  const site = siteForAll(
    { link: 'ethernet', keys: { ...keys, 'identity.key_file': '"/run/lab/none"' } },
    async (opened) => {
      page = await HostPage.open(opened.network.card, socket);
    },
  );
  after(() => page?.close());

  it('the page says what is missing', async () => {
    await until('the page', 20, async () => {
      const html = await curl(site(), `${atRouter}/`);
      return html.includes('No usable identity') && html.includes('/run/lab/none');
    });
  });
});

/** Whatever comes of it. */
function ask(site: Site) {
  const argv = ['curl', '-sS', '-m', '2', `${atRouter}/status.json`];
  return site.host.run(argv, { mayFail: true });
}

async function curl(site: Site, url: string, ...options: string[]): Promise<string> {
  const { stdout } = await site.host.run(['curl', '-sS', '-m', '10', ...options, url]);
  return stdout;
}

/** Of a TCP frame without extension headers, the side that is not an ephemeral port. */
function lowerPort(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return Math.min(view.getUint16(54), view.getUint16(56));
}
