/** This machine: asks its kernel for the state that matters to a set-up, and carries out steps. */
import { readFile, writeFile } from 'node:fs/promises';
import { EnvironmentError } from '../../core/errors.ts';
import { systemErrno } from '../../platform/system-errno.ts';
import type { Step } from './changes.ts';
import {
  firewallsIn,
  groupsOf,
  linkState,
  parseJson,
  routesIn,
  rulesIn,
  type KernelState,
} from './kernel-state.ts';
import type { CommandResult, RunCommand } from './run-command.ts';

const settingsFolder = '/proc/sys/net';

export interface Question {
  readonly interfaceName: string;
  /** Names below /proc/sys/net. */
  readonly settings: readonly string[];
  /** Where no firewall is wanted, nftables need not be installed. */
  readonly withFirewall: boolean;
}

export class Machine {
  readonly #run: RunCommand;
  readonly #ip: string;

  constructor(run: RunCommand, ipPath: string) {
    this.#run = run;
    this.#ip = ipPath;
  }

  /** Throws EnvironmentError. */
  async state({ interfaceName, settings, withFirewall }: Question): Promise<KernelState> {
    const ip = (...words: string[]): Promise<unknown> =>
      this.#json([this.#ip, '-N', '-details', '-json', ...words]);
    const nft = ['nft', '-t', '-j', 'list', 'ruleset', 'inet'] as const;
    const [links, rules6, rules4, routes6, routes4, ruleset, values] = await Promise.all([
      ip('link', 'show'),
      ip('-6', 'rule', 'show'),
      ip('-4', 'rule', 'show'),
      ip('-6', 'route', 'show', 'table', 'all'),
      ip('-4', 'route', 'show', 'table', 'all'),
      withFirewall ? this.#json(nft) : undefined,
      Promise.all(settings.map(async (name) => [name, await readSetting(name)] as const)),
    ]);
    return {
      link: linkState(links, interfaceName),
      groups: groupsOf(links),
      rules: [...rulesIn(6, rules6), ...rulesIn(4, rules4)],
      routes: [...routesIn(6, routes6), ...routesIn(4, routes4)],
      firewalls: firewallsIn(ruleset),
      settings: new Map(values),
    };
  }

  async hasUser(name: string): Promise<boolean> {
    return (await this.#run(['id', '-u', name])).status === 0;
  }

  /** Throws EnvironmentError. `force`: the other lines of a batch are run all the same. */
  async carryOut(step: Step, { force = false } = {}): Promise<void> {
    switch (step.run) {
      case 'nft':
        return check('nft -f', await this.#run(['nft', '-f', '-'], step.text), step.text);
      case 'ip': {
        const family = step.family === undefined ? [] : [`-${step.family}`];
        const words = [...family, ...(force ? ['-force'] : []), '-batch', '-'];
        const text = `${step.lines.join('\n')}\n`;
        return check(this.#ip, await this.#run([this.#ip, ...words], text), text);
      }
      case 'settings':
        for (const [name, value] of step.values) await writeSetting(name, value);
    }
  }

  async #json(argv: readonly [string, ...string[]]): Promise<unknown> {
    const result = await this.#run(argv);
    check(argv.join(' '), result);
    return parseJson(result.stdout, argv.join(' '));
  }
}

/** The line that iproute2 gave up at. */
const failedLine = /Command failed -:(\d{1,6})/;

function check(what: string, { status, stderr }: CommandResult, input = ''): void {
  if (status === 0) return;
  const number = failedLine.exec(stderr)?.[1];
  const line = number === undefined ? undefined : input.split('\n')[Number(number) - 1];
  const reason = stderr.replace(failedLine, '').trim().split('\n')[0] || `status ${status}`;
  const place = line === undefined ? what : `${what} ${line}`;
  const advice = /not permitted/i.test(stderr) ? '; this needs root' : '';
  throw new EnvironmentError(`${place}: ${reason}${advice}`, { errno: 'EIO', syscall: 'execve' });
}

/** Undefined where the kernel has no such setting. */
async function readSetting(name: string): Promise<string | undefined> {
  try {
    return (await readFile(`${settingsFolder}/${name}`, 'utf8')).trim();
  } catch {
    return undefined;
  }
}

async function writeSetting(name: string, value: string): Promise<void> {
  const file = `${settingsFolder}/${name}`;
  try {
    await writeFile(file, `${value}\n`, { flag: 'r+' });
  } catch (cause) {
    const { code, text } = systemErrno(cause);
    const advice = name.startsWith('ipv6/') ? '; IPv6 must not be switched off' : '';
    throw new EnvironmentError(`${file} cannot be set to ${value}: ${text}${advice}`, {
      errno: code,
      syscall: 'write',
      cause,
    });
  }
}
