/**
 * Asks the router good questions of every kind from the host's interface, and measures how long the answers take. Each
 * question has an address of its own as its source, which identifies the answer. The clock is that of this process: the
 * figures include its own wait for a processor, which can only make answers later.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openEthernet } from 'tuntap2';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { readUint32, writeUint32 } from '../../src/wire/bytes.ts';
import { ethernetHeaderLength } from '../../src/wire/ethernet.ts';
import { frameHeaderLength, nextFrame } from '../../src/wire/frame-stream.ts';
import { ipv6DestinationOffset } from '../../src/wire/ipv6.ts';
import { linkLocal, question, questionKinds, type QuestionKind } from '../harness/host-frames.ts';
import { positive, startTool, toolStatus } from '../harness/tool.ts';

const patienceMs = 10_000;
/** Of each kind; a slow machine takes longer for them. */
const leastQuestions = 12;
const addressMark = 0xc0de;

interface Asked {
  readonly kind: QuestionKind;
  readonly at: number;
}

const table = {
  program: 'host-prober',
  about: [
    `Asks the router questions of every kind from INTERFACE for SECONDS, one per INTERVAL milliseconds. Prints for each
     question how many milliseconds the answer took, or null if none arrived within ${patienceMs / 1000} seconds.`,
  ],
  commands: {
    '': { operand: 'INTERFACE SECONDS INTERVAL', options: {}, help: 'ask the router' },
  },
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': ({ operands: [name = '', time = '', interval = ''] }) => {
    const seconds = positive('SECONDS', time);
    const intervalMs = positive('INTERVAL', interval);
    return () => probe(name, seconds, intervalMs);
  },
});

async function probe(name: string, seconds: number, intervalMs: number): Promise<void> {
  const device = openEthernet({ name });
  const waiting = new Map<number, Asked>();
  const delays = Object.fromEntries(
    questionKinds.map((kind): [QuestionKind, (number | null)[]] => [kind, []]),
  );
  const buffer = new Uint8Array(256 * 1024);

  function readAnswers(): void {
    device.readBatch(buffer, 0);
    const end = device.readControl(buffer, 0);
    for (let at = 0; at < end; at = nextFrame(buffer, at)) {
      const destination = at + frameHeaderLength + ethernetHeaderLength + ipv6DestinationOffset;
      if (readUint32(buffer, destination + 8) !== addressMark) continue;
      const number = readUint32(buffer, destination + 12);
      const asked = waiting.get(number);
      if (asked === undefined) continue;
      waiting.delete(number);
      delays[asked.kind]!.push(performance.now() - asked.at);
    }
  }

  device.start({
    onReadable: readAnswers,
    onError: (error) => {
      throw error;
    },
  });
  const end = performance.now() + seconds * 1000;
  const least = leastQuestions * questionKinds.length;
  for (let number = 1; performance.now() < end || number <= least; number++) {
    const kind = questionKinds[number % questionKinds.length]!;
    const identifier = new Uint8Array(8);
    writeUint32(identifier, 0, addressMark);
    writeUint32(identifier, 4, number);
    waiting.set(number, { kind, at: performance.now() });
    device.sendFrame(question(kind, { mac: device.mac, address: linkLocal(identifier) }, number));
    await sleep(intervalMs);
  }
  const last = performance.now() + patienceMs;
  while (waiting.size > 0 && performance.now() < last) await sleep(intervalMs);
  for (const { kind } of waiting.values()) delays[kind]!.push(null);
  device.close();
  console.log(JSON.stringify(delays));
}
