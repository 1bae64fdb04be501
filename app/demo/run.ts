/**
 * `make run`: a router card in QEMU, plugged into a host, connected to a development ENF. Shows each step up to the
 * host's address, route, a ping and a download through the tunnel; unless UPLINK says otherwise that is by the sockets
 * of the host, and a move to WiFi follows. On a terminal the card stays up until Ctrl-C (KEEP=0: ends too); without one
 * it ends by itself. Status 0 if every step worked.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../src/core/errors.ts';
import { endProgram } from '../src/platform/program-end.ts';
import { lastLines } from '../test/harness/process.ts';
import { Steps } from './steps.ts';
import { serviceAddress } from '../test/harness/topology.ts';
import { bringUp, moveToWifi } from './bring-up.ts';
import { shownFolder, type CardSite } from '../test/harness/qemu/card-site.ts';
import { openCableServer } from './cable-server.ts';
import { uplinkFrom } from '../test/harness/qemu/uplink-choice.ts';

const isKept = process.stdin.isTTY && process.env.KEEP !== '0';

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

// The first process of a pid namespace ignores signals without a handler.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const steps = new Steps();
try {
  const { site, later } = await bringUp(steps, uplinkFrom(process.env.UPLINK), isKept);
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
  await endProgram('run', { status: 0 });
} catch (error) {
  // If this machine lacks something, no card has started and there are no logs to show.
  if (!(error instanceof EnvironmentError)) showLogs();
  console.error(`\nFAILED at step ${steps.current ?? 'preparation'}`);
  console.error(error instanceof Error ? error.message : error);
  await endProgram('run', { status: 1 });
}
