/** The host's questions are answered within 100 ms while TCP fills the tunnel in both directions. */
import assert from 'node:assert/strict';
import { Capture, type CapturedPacket } from '../../lab/capture.ts';
import { isListening } from '../../lab/enf.ts';
import { logFile, script } from '../../lab/places.ts';
import type { Program } from '../../lab/process.ts';
import { hostInterface, serviceAddress } from '../../lab/topology.ts';
import { until } from '../../lab/until.ts';
import { siteForAll } from './site-fixture.ts';

const questions = 20;
const limitMs = 100;
const loadSeconds = 30;

interface Load {
  readonly name: string;
  /** iperf3 options of the host. */
  readonly flags: readonly string[];
  /** Reports of iperf3 that must be there before the questions begin. */
  readonly reports: readonly string[];
  /** Speed of the card's uplink, as tc says it; default: what the machine gives. */
  readonly uplink?: string;
}

const loads: readonly Load[] = [
  { name: 'both ways', flags: ['--bidir'], reports: ['[TX-C]', '[RX-C]'] },
  // The link is held back nearly all the time, and what waits in front of it is always too much.
  {
    name: 'up by UDP, twenty times what the uplink carries',
    flags: ['-u', '-l', '1200', '-b', '200M'],
    reports: [' sec '],
    uplink: '10mbit',
  },
];

for (const { name, flags, reports, uplink } of loads) {
  describe(`answers under full load ${name}`, function () {
    let load: Program;
    const site = siteForAll({ link: 'ethernet' }, async (opened) => {
      const { card, enf } = opened.network;
      if (uplink !== undefined) {
        const shaper = `tc qdisc add dev wan root tbf rate ${uplink} burst 32kb latency 50ms`;
        await card.run(shaper.split(' '));
      }
      await opened.untilOnline();
      opened.with(
        enf.start('iperf3', ['iperf3', '-s', '-B', serviceAddress], { log: logFile('iperf3') }),
      );
      await until('iperf3 listens', 10, () => isListening(enf, 5201));
      const client = ['iperf3', '--forceflush', '-i', '1', '-6', '-c', serviceAddress];
      load = opened.with(
        opened.host.start('load', [...client, '-t', String(loadSeconds), ...flags], {
          log: logFile('load'),
        }),
      );
      // After three reports the speed has been found.
      const count = (mark: string) => load.log().split(mark).length - 1;
      await until('the load', 20, () => reports.every((mark) => count(mark) > 3));
    });

    it('router solicitations, each by a unicast advertisement', async () => {
      const capture = await Capture.start(site().host, hostInterface, 'icmp6');
      for (let i = 0; i < questions; i++) {
        const ask = ['rdisc6', '-1', '-r', '1', '-w', '1000', hostInterface];
        await site().host.run(ask, { mayFail: true });
      }
      assert.ok(load.isRunning, 'the load ended too early');
      assertAnswered(await capture.stop(), 133, 134, icmpType);
    });

    it('DHCPv6 solicitations', async () => {
      const capture = await Capture.start(site().host, hostInterface, 'udp');
      const probe = [...script('dhcpv6-prober.ts'), hostInterface, String(questions), '100'];
      await site().host.run(probe);
      assert.ok(load.isRunning, 'the load ended too early');
      assertAnswered(await capture.stop(), 1, 2, dhcpType);
    });
  });
}

/** Message type of an ICMPv6 packet behind Ethernet and IPv6 headers. */
const icmpType = (frame: Uint8Array) => (frame[20] === 58 ? frame[54] : undefined);
/** Message type of DHCPv6 behind Ethernet, IPv6 and UDP headers. */
const dhcpType = (frame: Uint8Array) => {
  const ports = Buffer.from(frame.subarray(54, 58)).toString('hex');
  return ['02220223', '02230222'].includes(ports) ? frame[62] : undefined;
};

function assertAnswered(
  packets: readonly CapturedPacket[],
  question: number,
  answer: number,
  typeOf: (frame: Uint8Array) => number | undefined,
): void {
  const delaysMs: number[] = [];
  for (const [i, { time, bytes }] of packets.entries()) {
    if (typeOf(bytes) !== question) continue;
    const reply = packets.slice(i).find((packet) => typeOf(packet.bytes) === answer);
    delaysMs.push(reply === undefined ? Infinity : (reply.time - time) * 1000);
  }
  const sorted = delaysMs.toSorted((a, b) => a - b).map((ms) => Number(ms.toFixed(1)));
  assert.ok(sorted.length >= questions, `only ${sorted.length} questions captured`);
  // One in ten may meet a machine that runs something else for a moment; none may stay without an answer.
  const almostAll = sorted[Math.ceil(sorted.length * 0.9) - 1] ?? Infinity;
  assert.ok(almostAll <= limitMs, `delays in ms: ${sorted.join(' ')}`);
  assert.ok(sorted.at(-1) !== Infinity, `not answered: ${sorted.join(' ')}`);
}
