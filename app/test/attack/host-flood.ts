/** Floods the card from its host's interface, as fast as one process can. */
import { openEthernet } from 'tuntap2';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { randomFrom } from '../fuzz/mutate.ts';
import { malformed, question, questionKinds, randomSender } from '../harness/host-frames.ts';
import { count, oneOf, positive, startTool, toolStatus } from '../harness/tool.ts';

const different = 8192;
/** Frames between two readings of the clock. */
const stride = 64;
const leastPerSecond = 1000;
const kinds = [...questionKinds, 'malformed'] as const;
type Kind = (typeof kinds)[number];

const table = {
  program: 'host-flood',
  about: [
    `Floods the card from INTERFACE for SECONDS, and prints how many frames it sent. It sends at least
     ${leastPerSecond} frames for each second, however long they take.`,
    `KIND is one of ${kinds.join(', ')}. SEED (default 1) chooses the senders.`,
  ],
  commands: {
    '': { operand: 'INTERFACE KIND SECONDS [SEED]', options: {}, help: 'flood the card' },
  },
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': ({ operands: [name = '', kind = '', time = '', seed = '1'] }) => {
    const plan = {
      kind: oneOf('KIND', kinds, kind),
      seconds: positive('SECONDS', time),
      seed: count('SEED', seed),
    };
    return () => Promise.resolve(flood(name, plan));
  },
});

interface Plan {
  readonly kind: Kind;
  readonly seconds: number;
  readonly seed: number;
}

function flood(name: string, { kind, seconds, seed }: Plan): void {
  const random = randomFrom(seed);
  const frames = Array.from({ length: different }, () =>
    kind === 'malformed'
      ? malformed(random)
      : question(kind, randomSender(random), random(1 << 24)),
  );
  const device = openEthernet({ name });
  const start = performance.now();
  const end = start + seconds * 1000;
  let sent = 0;
  let refused = 0;
  while (performance.now() < end || sent < leastPerSecond * seconds) {
    for (let i = 0; i < stride; i++) {
      if (device.sendFrame(frames[(sent + refused) % different]!)) sent++;
      else refused++;
    }
  }
  device.close();
  console.log(JSON.stringify({ sent, refused, seconds: (performance.now() - start) / 1000 }));
}
