/**
 * The parts of the test suite: of which runs each consists, and how many processors a run keeps busy. The runs of the
 * namespace tests wait most of the time (a third of a processor is enough for one, but some judge delays), a virtual
 * card computes all the time.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const top = path.resolve(import.meta.dirname, '../../..');

const sharesOfNetns = 4;

export interface Run {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly processors: number;
}

export interface Part {
  /** Targets of the Makefile that its runs need. */
  readonly ready: readonly string[];
  readonly runs: readonly Run[];
}

/** Names of the groups of image tests that belong to `make test-image`. */
export function imageGroups(): string[] {
  const list = readFileSync(path.join(top, 'app/test/image/groups.list'), 'utf8');
  return [...list.matchAll(/^([a-z-]+) +always /gm)].map(([, name]) => name!); // the pattern has it
}

export function runOfMake(name: string, targets: readonly string[], processors: number): Run {
  const command = ['make', '--no-print-directory', '-C', top, ...targets];
  return { name, command, environment: {}, processors };
}

function inLab(name: string, processors: number, words: string[], settings = {}): Run {
  return {
    name,
    command: [path.join(top, 'app/test/harness/run.sh'), ...words],
    environment: { LAB_LOGS: path.join(top, `build/lab-${name}`), ...settings },
    processors,
  };
}

export function partNamed(name: string): Part {
  switch (name) {
    case 'test-netns': {
      const shares = Array.from({ length: sharesOfNetns }, (_, index) => index + 1);
      const runs = shares.map((share) =>
        inLab(`netns-${share}`, 1 / 2, ['netns'], { SHARD: `${share}/${sharesOfNetns}` }),
      );
      return { ready: ['ready-netns'], runs };
    }
    case 'test-image':
      return {
        ready: ['ready-image'],
        runs: imageGroups().map((group) => inLab(`image-${group}`, 1, ['image', group])),
      };
    case 'test-install': {
      const command = ['sh', '-c', 'cd app && exec npx mocha --config test/install/.mocharc.json'];
      const run = { name: 'install', command, environment: {}, processors: 1 };
      return { ready: ['ready-install'], runs: [run] };
    }
    default: {
      // Any other part is one program after the other; the unit tests wait for half of their time.
      const processors = name === 'test-unit' ? 1 / 2 : 1;
      return { ready: [], runs: [runOfMake(name, [name], processors)] };
    }
  }
}
