/** What a card costs that asks for connections as fast as it can and gives each up at once: see greedy-card.ts. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Namespace } from '../../harness/namespace.ts';
import { logFile } from '../../harness/paths.ts';
import type { Program } from '../../harness/process.ts';

const script = path.join(import.meta.dirname, 'greedy-card.ts');
/** Twice 32 sockets, and what the program and its loader have open anyway. */
const maxDescriptors = 64 + 60;
const enoughSockets = 5000;

const ip = (line: string) => execFileSync('ip', line.split(' '));

function childrenOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
}

describe('a greedy card', () => {
  let host: Namespace;
  let program: Program;
  before(async () => {
    host = await Namespace.create('greedy');
    // The far ends do not answer.
    for (const [name, address] of [
      ['lan9', '203.0.113.1/24'],
      ['usb9', '10.9.9.1/24'],
    ] as const) {
      ip(`-n greedy link add ${name} type veth peer name far-${name}`);
      await host.ip([
        `addr add ${address} dev ${name}`,
        `link set ${name} up`,
        `link set far-${name} up`,
      ]);
    }
  });
  after(async () => {
    await program.kill();
    await host.remove();
  });

  it('gets no more than its sockets, and no process', async () => {
    const words = ['--expose-gc', '--import', 'tsx', '--conditions=source', script];
    program = host.start('greedy-card', [process.execPath, ...words, '203.0.113.9', 'usb9'], {
      log: logFile('greedy-card'),
    });
    const asked = (): number => Number(/(\d+) sockets asked for\n$/.exec(program.log())?.[1] ?? 0);
    let children = 0;
    let descriptors = 0;
    let attempts = 0;
    await program.until('many sockets to be asked for', 60, async () => {
      children = Math.max(children, childrenOf(program.pid).length);
      descriptors = Math.max(descriptors, readdirSync(`/proc/${program.pid}/fd`).length);
      const { stdout } = await host.run(['ss', '-Htn', 'state', 'syn-sent']);
      attempts = Math.max(attempts, stdout.split('\n').length - 1);
      return asked() >= enoughSockets;
    });
    console.log(`      ${asked()} sockets: ${children} processes, ${descriptors} descriptors`);
    // The loader of TypeScript may have one.
    assert.ok(children <= 1, `${children} processes`);
    assert.ok(descriptors <= maxDescriptors, `${descriptors} descriptors`);
    assert.ok(attempts <= 64, `${attempts} attempts under way`);
  });
});
