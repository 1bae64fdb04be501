/**
 * Measures the memory of one end of psock while the other attacks it; a process of its own, so that it is the only
 * thing that is measured. Prints a line of JSON every second or so, and ends when nothing more is taken from the
 * attacker, or after the given time.
 *
 *     psock-attack.ts ATTACK [SECONDS]
 */
import { setTimeout as sleep } from 'node:timers/promises';
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

const [name, seconds = '60'] = process.argv.slice(2);
if (name !== undefined) await measure(attacks[name]!, Number(seconds));
