/** What the machine says about itself: commands and files that change nothing, bounded in time and length. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { systemErrno } from '../../../platform/system-errno.ts';

export interface Fact {
  readonly heading: string;
  readonly text: string;
}

const deadlineMs = 5000;
const maxBytes = 256 * 1024;

const files = ['/etc/os-release', '/proc/version', '/proc/uptime', '/proc/meminfo'] as const;

export async function systemFacts(instance: string): Promise<Fact[]> {
  const commands: readonly (readonly [string, ...string[]])[] = [
    ['ip', '-brief', 'address'],
    ['ip', '-s', 'link'],
    ['ip', '-4', 'route'],
    ['ip', '-6', 'route'],
    ['ip', '-6', 'rule'],
    ['timedatectl', 'show'],
    ['systemctl', '--no-pager', 'status', `enftun@${instance}.service`],
    [
      'journalctl',
      '--no-pager',
      '-o',
      'short-iso',
      '-n',
      '300',
      '-u',
      `enftun@${instance}.service`,
    ],
  ];
  return Promise.all([...files.map(fileFact), ...commands.map((argv) => commandFact(argv))]);
}

async function fileFact(file: string): Promise<Fact> {
  try {
    return { heading: file, text: (await readFile(file, 'utf8')).slice(0, maxBytes) };
  } catch (error) {
    return { heading: file, text: `cannot be read: ${systemErrno(error).text}` };
  }
}

/** A command that fails, or is not there, is a fact too. */
function commandFact([program, ...argv]: readonly [string, ...string[]]): Promise<Fact> {
  const heading = [program, ...argv].join(' ');
  const options = { timeout: deadlineMs, maxBuffer: maxBytes, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(program, argv, options, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`;
      const failure = error === null || text !== '' ? '' : `failed: ${systemErrno(error).text}`;
      resolve({ heading, text: text + failure });
    });
  });
}
