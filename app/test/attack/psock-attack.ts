/**
 * Measures the memory of one end of psock while the other attacks it. Being a process of its own, it measures nothing
 * else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import { oneOf, positive, startTool, toolStatus } from '../harness/tool.ts';
import { attacks, type Attack } from './psock-attacks.ts';

export interface MemorySample {
  readonly seconds: number;
  /** Data that the other end has accepted from the attacker. */
  readonly takenMebibytes: number;
  readonly grownMebibytes: number;
}

const mebibyte = 1024 * 1024;
/** Memory growth at which the measurement stops: a bound, if there were one, would have been reached. */
const enoughMebibytes = 700;

async function measure(attack: Attack, seconds: number): Promise<void> {
  const before = process.memoryUsage().rss;
  const { taken, end } = await attack();
  const begun = performance.now();
  for (let last = -1, quiet = 0; quiet < 3; quiet = taken() === last ? quiet + 1 : 0) {
    last = taken();
    await sleep(1000);
    const sample: MemorySample = {
      seconds: Math.round((performance.now() - begun) / 1000),
      takenMebibytes: Math.round(taken() / mebibyte),
      grownMebibytes: Math.round((process.memoryUsage().rss - before) / mebibyte),
    };
    console.log(JSON.stringify(sample));
    if (sample.seconds >= seconds || sample.grownMebibytes > enoughMebibytes) break;
  }
  await end();
}

const names = Object.keys(attacks);

const table = {
  program: 'psock-attack',
  about: [
    `Attacks one end of psock and prints its memory as a line of JSON every second or so. Ends when nothing more is taken
     from the attacker, or after SECONDS (default 60).`,
  ],
  commands: {
    '': { operand: 'ATTACK [SECONDS]', options: {}, help: 'attack, and measure memory' },
  },
  sections: [{ heading: 'Attacks', text: names.map((name) => `  '${name}'`).join('\n') }],
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': ({ operands: [name = '', time = '60'] }) => {
    const attack = attacks[oneOf('ATTACK', names, name)]!;
    const seconds = positive('SECONDS', time);
    return () => measure(attack, seconds);
  },
});
