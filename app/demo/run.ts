/** `make run`: a router card in QEMU, plugged into a host, connected to a development ENF. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../src/core/errors.ts';
import type { CommandLineTable } from '../src/platform/command-line/table.ts';
import { exitStatus } from '../src/platform/exit-status.ts';
import { lastLines } from '../test/harness/process.ts';
import { Steps } from './steps.ts';
import { serviceAddress } from '../test/harness/topology.ts';
import { bringUp, moveToWifi } from './bring-up.ts';
import { shownFolder, type CardSite } from '../test/harness/qemu/card-site.ts';
import { openCableServer } from './cable-server.ts';
import { uplinks, type Uplink } from '../test/harness/qemu/uplink-choice.ts';
import { oneOf, setting, startTool, toolStatus } from '../test/harness/tool.ts';

const table = {
  program: 'run',
  about: [
    `Boots a router card in QEMU, plugs it into a host and connects it to a development ENF. Shows each step up to the
     host's address, route, a ping and a download through the tunnel.`,
    'On a terminal the card stays up until Ctrl-C; without one the program ends by itself.',
  ],
  commands: { '': { options: {}, help: 'show a card that brings a host online' } },
  sections: [
    {
      heading: 'Settings',
      text: `  UPLINK=both|psock|wifi|wire   how the card reaches the ENF (default both: by the
                                sockets of its host, and later by WiFi)
  KEEP=0                        end after the last step on a terminal, too`,
    },
  ],
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': () => {
    const uplink = oneOf('UPLINK', uplinks, setting('UPLINK', 'both'));
    return () => show(uplink, process.stdin.isTTY && process.env.KEEP !== '0');
  },
});

async function showHost({ host, console: card }: CardSite): Promise<void> {
  console.log(`\nhost$ ip -6 address show dev ${host.device}`);
  console.log(await host.read(`ip -6 address show dev ${host.device}`));
  console.log(`host$ ip -6 route get ${serviceAddress}`);
  console.log(await host.read(`ip -6 route get ${serviceAddress}`));
  console.log('card# systemctl status enftun@enf0');
  console.log(await card.read('systemctl status --no-pager --lines 0 enftun@enf0'));
}

/** Shells on terminals of their own, for other windows. */
async function openShells({ console: card }: CardSite): Promise<void> {
  await card.run(
    'systemd-run --quiet --unit host-shell -p StandardInput=tty -p TTYPath=/dev/hvc1 -p TTYReset=yes ' +
      '-p Restart=always -p RestartSec=0 /mnt/host-exec env PS1="host# " TERM=vt100 bash --norc',
  );
}

function showLogs(): void {
  for (const name of ['console.log', 'qemu.log']) {
    const file = path.join(shownFolder, name);
    try {
      console.error(`\n--- ${file}\n${lastLines(readFileSync(file, 'utf8'), 25)}`);
    } catch {
      console.error(`\n--- ${file}: none`);
    }
  }
}

async function show(uplink: Uplink, isKept: boolean): Promise<number> {
  // The first process of a pid namespace ignores signals without a handler.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

  const steps = new Steps();
  try {
    const { site, later } = await bringUp(steps, uplink, isKept);
    await showHost(site);
    console.log(`\nOK: the host is online through the card (${steps.totalSeconds.toFixed(1)} s).`);
    if (later !== undefined) {
      console.log('\nWiFi comes within reach:');
      await moveToWifi(site, later, steps);
      console.log('OK: the card has moved to WiFi.');
    }
    if (isKept) {
      await openShells(site);
      await openCableServer(site, (news) => console.log(`\n${news}`));
      console.log(`
The card stays up. In another window:
  make card-shell    a shell on the card;  journalctl -fu enftun@enf0 watches the service
  make host-shell    a shell on the host;  ping ${serviceAddress}
  make plug          plugs the card into another computer, by USB over IP
Ctrl-C ends everything.`);
      await once(process, 'never');
    }
    return exitStatus.success;
  } catch (error) {
    // If a tool is missing, the demonstration stops before it starts a card, and no log has been written yet.
    if (!(error instanceof EnvironmentError)) showLogs();
    console.error(`\nFAILED at step ${steps.current ?? 'preparation'}`);
    console.error(error instanceof Error ? error.message : error);
    return exitStatus.runtime;
  }
}
