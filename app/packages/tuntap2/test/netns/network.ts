/** Interfaces and namespaces for the tests, which run as root in a network namespace of their own. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

export function ip(...words: string[]): string {
  return run('ip', ...words);
}

export function run(command: string, ...words: string[]): string {
  return execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export function sysctl(path: string, value: number): void {
  writeFileSync(`/proc/sys/net/${path}`, String(value));
}

/** Stops the kernel from sending frames of its own accord (router solicitations, MLD). */
export function silence(link: string): void {
  sysctl(`ipv6/conf/${link}/disable_ipv6`, 1);
}

/**
 * Brings up a pair of interfaces, one of them possibly elsewhere (`there`). Up and running is not enough: until a
 * worker of the kernel has noticed the carrier, it drops whatever is sent.
 */
export function bringUpPair(here: string, peer: string, there: typeof ip = ip): void {
  ip('link', 'set', here, 'up');
  there('link', 'set', peer, 'up');
  for (const [run, link] of [
    [ip, here],
    [there, peer],
  ] as const) {
    const deadline = performance.now() + 50_000;
    while (/qdisc noop /.test(run('-o', 'link', 'show', link))) {
      if (performance.now() > deadline) throw new RangeError(`${link} does not begin to send`);
    }
  }
}

/** Removes an interface that may be gone already. */
export function removeLink(link: string): void {
  try {
    ip('link', 'del', link);
  } catch {
    // Gone with its other end.
  }
}

/** Another network namespace, with its loopback up. */
export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  ip(...words: string[]): string {
    return ip('-n', this.name, ...words);
  }

  /** A command line that runs inside. */
  command(...words: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.name, ...words]];
  }

  remove(): void {
    ip('netns', 'del', this.name);
  }
}
