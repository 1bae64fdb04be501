/**
 * Does, one after the other, what the programs do with the system, in a process that has used up its descriptors;
 * prints a JSON object of what became of each. Argument: a folder of its own.
 */
import { openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { TlsContext } from 'tls-stream';
import { findRoute, getLink, RouteNetlink, connectTcp } from 'tuntap2';
import { deviceInterfaces } from '../../../packages/psock-host/src/find-devices.ts';
import { serveElsewhere } from '../../../src/programs/psock-host/serve-elsewhere.ts';
import { instant, milliseconds, seconds } from '../../../src/core/time.ts';
import { replaceFile } from '../../../src/platform/atomic-file.ts';
import { runProgram } from '../../../src/link/interface-address.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { unitProperty } from '../../../src/programs/usb-gadget/gadget-unit.ts';
import { readAnswer } from '../../../src/platform/socket-answer.ts';
import { readStatus } from '../../../src/status/read-status.ts';
import { openStatusSocket } from '../../../src/platform/status-socket.ts';
import { SystemdNotify } from '../../../src/platform/systemd-notify.ts';
import { withFileLock } from '../../../src/platform/file-lock.ts';
import { WpaControl } from '../../../src/programs/enftun/wifi/wpa-control.ts';
import { exchange } from '../../../src/uplink/dns/exchange.ts';
import { openNativeTls } from '../../../src/uplink/native-tls.ts';
import { PsockTransport } from '../../../src/uplink/psock-transport.ts';
import { watchPsock } from '../../../src/uplink/psock-watch.ts';
import { createAuthority } from '../../../src/dev/pki/authority.ts';
import { systemClock } from '../../../src/platform/deadline-timer.ts';

const timing = { clock: systemClock, random: Math.random };

const [folder = ''] = process.argv.slice(2);
const socket = path.join(folder, 'status');
const { signal } = new AbortController();
const names = { servers: [], knownAddresses: () => [], lastKnown: () => [], now: () => instant(0) };
const question = { id: 1, name: 'enf.example', type: 'A' } as const;
const ask = { server: '127.0.0.1', question, deadline: seconds(60), signal };
const context = new TlsContext({ roots: createAuthority().cert });
const place = { address: '127.0.0.1', port: 9 };

const work: Record<string, () => unknown> = {
  'ask for a status': () => readStatus(socket),
  'ask psockd': () => readAnswer({ path: socket, request: 'status\n', deadline: seconds(60) }),
  'connect over psock': () =>
    new PsockTransport({ ...timing, socket, names }).connect(place, signal),
  'connect by TCP': () => connectTcp({ ...place, timeoutMs: 60_000 }),
  'begin TLS': () =>
    openNativeTls(
      { stream: new Duplex(), descriptor: 0, localAddress: undefined },
      { context, roots: '', serverName: undefined, serverPins: [], signal },
    ),
  'ask DNS by UDP': () => exchange({ ...ask, protocol: 'udp' }, { mark: 0 }),
  'ask DNS by TCP': () => exchange({ ...ask, protocol: 'tcp' }, { mark: 0 }),
  'watch routes': () => new RouteNetlink({ groups: 1 }),
  'ask for a link': () => getLink('lo'),
  'ask for a route': () => findRoute({ destination: Uint8Array.of(192, 0, 2, 1) }),
  'open a status socket': () =>
    openStatusSocket({ path: `${socket}2`, mode: 0o600, state: () => '' }),
  'replace a file': () => replaceFile(path.join(folder, 'file'), { content: '', mode: 0o600 }),
  'lock a file': () => withFileLock(path.join(folder, 'file'), () => Promise.resolve()),
  'read the configuration': () => loadConfig(path.join(folder, 'file'), { isReload: true }),
  'run ip': () => runProgram('/bin/true', []),
  'ask systemd': () => unitProperty('ActiveState'),
  'ask wpa_supplicant': () => WpaControl.open(socket),
  'list the interfaces of a card': () => deviceInterfaces('1-1'),
  'serve a further card': () =>
    new Promise((_, reject) => {
      const card = { device: '1-1', bus: 1, address: 2 };
      const report = ({ reason }: { reason?: string }): void => reject(new Error(reason));
      void serveElsewhere(card, report as never, { self: ['/bin/true'], argv: [], signal });
    }),
  'report to systemd': () =>
    new SystemdNotify({ NOTIFY_SOCKET: socket }, process.pid).ready('ready'),
  'watch psockd': async () => {
    const watch = watchPsock({
      ...timing,
      socket,
      onAnswering: () => undefined,
      onMoved: () => undefined,
      firstRetry: milliseconds(1),
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    watch.stop();
  },
};

/** What the system says when a process, or the machine, has no descriptor left. */
const shortage = /EMFILE|too many open files/;

function useUpDescriptors(): void {
  try {
    for (;;) openSync('/dev/null', 'r');
  } catch {
    // EMFILE: the state that is wanted.
  }
}

/**
 * Another thread of Node may close a file just before the work begins, which then meets no shortage and is repeated.
 */
async function withoutDescriptors(begin: () => unknown): Promise<string> {
  let outcome = 'never tried';
  for (let tries = 0; tries < 5 && outcome !== 'done' && !shortage.test(outcome); tries++) {
    useUpDescriptors();
    try {
      await begin();
      outcome = 'done';
    } catch (error) {
      outcome = String(error);
    }
  }
  return outcome;
}

writeFileSync(path.join(folder, 'file'), '');
getLink('lo');
// What is loaded at its first use would not be found later.
await Promise.all([
  import('node:dgram'),
  import('node:fs/promises'),
  import('node:child_process'),
  openStatusSocket({ path: socket, mode: 0o600, state: () => '{}' }).then((server) =>
    server.unref(),
  ),
]);
const outcome: Record<string, string> = {};
for (const [name, begin] of Object.entries(work)) {
  outcome[name] = await withoutDescriptors(begin);
}
process.stdout.write(JSON.stringify(outcome));
