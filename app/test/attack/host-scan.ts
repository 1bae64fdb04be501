/**
 * Looks for everything that might answer behind a host's interface, at a speed that the card can follow: each burst
 * ends with an echo request, whose answer starts the next one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openEthernet } from 'tuntap2';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { UsageError } from '../../src/platform/command-line/usage-error.ts';
import { concatBytes, readUint16 } from '../../src/wire/bytes.ts';
import { ethernetHeaderLength, etherType } from '../../src/wire/ethernet.ts';
import { frameHeaderLength, nextFrame } from '../../src/wire/frame-stream.ts';
import { icmpv6Type } from '../../src/wire/icmpv6.ts';
import { formatIpv6, parseIpv6, routerAddress } from '../../src/wire/ipv6-address.ts';
import { ipv6HeaderLength, ipv6SourceOffset, nextHeader } from '../../src/wire/ipv6.ts';
import { randomFrom } from '../fuzz/mutate.ts';
import {
  linkLocal,
  question,
  randomSender,
  solicitation,
  tcpSyn,
  udpToPort,
} from '../harness/host-frames.ts';
import { startTool, toolStatus } from '../harness/tool.ts';

export interface ScanResult {
  /** Addresses that were advertised. */
  readonly neighbours: string[];
  readonly tcpPorts: number[];
  readonly udpPorts: number[];
  /** Anything else that came: next header, type. */
  readonly others: string[];
  readonly echoesAsked: number;
  readonly echoesAnswered: number;
}

const randomNeighbours = 4096;
const ports = 65_536;
const burst = 64;
/** For an echo that was lost. */
const patienceMs = 1000;

const table = {
  program: 'host-scan',
  about: [
    `Solicits neighbours with ${randomNeighbours} random link-local addresses, with the low ones and with each ADDRESS,
     and probes every TCP and every UDP port of fe80::1. Prints what answered.`,
  ],
  commands: {
    '': { operand: 'INTERFACE [ADDRESS...]', options: {}, help: 'scan the link' },
  },
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': ({ operands: [name = '', ...addresses] }) => {
    const known = addresses.map(address);
    return () => scanLink(name, known);
  },
});

function address(text: string): Uint8Array {
  const parsed = parseIpv6(text);
  if (parsed !== undefined) return parsed;
  throw new UsageError(`ADDRESS is an IPv6 address, not "${text}"`);
}

async function scanLink(name: string, known: readonly Uint8Array[]): Promise<void> {
  const device = openEthernet({ name });
  const random = randomFrom(7);
  const sender = { ...randomSender(random), mac: device.mac };
  const found = {
    neighbours: new Set<string>(),
    tcp: new Set<number>(),
    udp: new Set<number>(),
    others: new Set<string>(),
  };
  let echoesAsked = 0;
  let echoesAnswered = 0;
  let goOn: () => void = () => undefined;

  function note(frame: Uint8Array): void {
    if (readUint16(frame, 12) !== etherType.ipv6) {
      found.others.add(`EtherType ${readUint16(frame, 12).toString(16)}`);
      return;
    }
    const packet = frame.subarray(ethernetHeaderLength);
    const protocol = packet[6];
    const upper = packet.subarray(ipv6HeaderLength);
    if (protocol === nextHeader.tcp) found.tcp.add(readUint16(upper, 0));
    else if (protocol === nextHeader.udp) found.udp.add(readUint16(upper, 0));
    else if (protocol !== nextHeader.icmpv6) found.others.add(`next header ${protocol}`);
    else if (upper[0] === icmpv6Type.echoReply) {
      echoesAnswered++;
      goOn();
    } else if (upper[0] === icmpv6Type.neighbourAdvertisement) {
      found.neighbours.add(formatIpv6(upper.subarray(8, 24)));
    } else {
      const source = formatIpv6(packet.subarray(ipv6SourceOffset, ipv6SourceOffset + 16));
      found.others.add(`ICMPv6 type ${upper[0]} from ${source}`);
    }
  }

  const buffer = new Uint8Array(256 * 1024);
  device.start({
    onReadable: () => {
      device.readBatch(buffer, 0);
      const end = device.readControl(buffer, 0);
      for (let at = 0; at < end; at = nextFrame(buffer, at)) {
        note(buffer.subarray(at + frameHeaderLength, nextFrame(buffer, at)));
      }
    },
    onError: (error) => {
      throw error;
    },
  });

  function* scan(): Generator<Uint8Array> {
    for (const target of [routerAddress, ...known]) yield solicitation(target, sender);
    for (let i = 0; i < randomNeighbours; i++) {
      const identifier = Uint8Array.from({ length: 8 }, () => random(256));
      yield solicitation(linkLocal(identifier), sender);
    }
    // The lowest addresses are those that people give.
    for (let i = 2; i < 256; i++) {
      yield solicitation(linkLocal(concatBytes([new Uint8Array(7), Uint8Array.of(i)])), sender);
    }
    for (let port = 0; port < ports; port++) {
      yield tcpSyn(port, sender);
      yield udpToPort(port, sender);
    }
  }

  let count = 0;
  for (const frame of scan()) {
    device.sendFrame(frame);
    if (++count % burst !== 0) continue;
    device.sendFrame(question('echo', sender, ++echoesAsked));
    await new Promise<void>((resolve) => {
      const lost = setTimeout(resolve, patienceMs);
      goOn = () => {
        clearTimeout(lost);
        resolve();
      };
    });
  }
  await sleep(500);
  device.close();
  const result: ScanResult = {
    neighbours: [...found.neighbours],
    tcpPorts: [...found.tcp],
    udpPorts: [...found.udp],
    others: [...found.others],
    echoesAsked,
    echoesAnswered,
  };
  console.log(JSON.stringify(result));
}
