/** Attacks on the memory of the two ends of psock: on psock-host by its card, on psockd by its host. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { bridge, resultCode } from 'hss';
import { HostUsbDriver } from 'psock-host';
import { runDaemon } from '../../src/programs/psockd/daemon.ts';
import { HostileCard, type HostileCardOptions } from './hostile-card.ts';
import { HostileUsbHost } from './hostile-usb-host.ts';
import { stderrLogger } from '../../src/platform/log.ts';

/** Begins the attack; `taken` is how many bytes the attacker got rid of. */
export type Attack = () => Promise<{ taken: () => number; end: () => Promise<void> }>;

const onHost = { sockets: 8, endpoint: 'bulk', fillsTransfers: true } as const;

export const attacks: Record<string, Attack> = {
  'requests, windowed': attackHost({ ...onHost, isWindowed: true, flood: 'requests' }),
  'requests, plain': attackHost({ ...onHost, isWindowed: false, flood: 'requests' }),
  'requests, plain, on the command endpoint': attackHost({
    ...onHost,
    isWindowed: false,
    flood: 'requests',
    endpoint: 'command',
  }),
  'bytes, windowed': attackHost({ ...onHost, isWindowed: true, flood: 'bytes' }),
  'bytes, windowed, one in each transfer': attackHost({
    ...onHost,
    isWindowed: true,
    flood: 'bytes',
    fillsTransfers: false,
  }),
  'bytes, plain': attackHost({ ...onHost, isWindowed: false, flood: 'bytes' }),
  'bytes, plain, one in each transfer': attackHost({
    ...onHost,
    isWindowed: false,
    flood: 'bytes',
    fillsTransfers: false,
  }),
  'bytes to the clients of psockd, windowed': attackCard(true),
  'bytes to the clients of psockd, plain': attackCard(false),
};

/** The servers take nothing: what a card sends to them waits. */
function attackHost(options: HostileCardOptions): Attack {
  return async () => {
    const card = new HostileCard(options);
    const driver: HostUsbDriver = new HostUsbDriver({
      port: card,
      maxSockets: 32,
      onSession: () => undefined,
      onFailure: (error) => {
        throw error;
      },
      onConnect: (_, answer) => {
        const bridged = bridge(new Duplex({ read: () => undefined, write: () => undefined }));
        setImmediate(() => answer(resultCode.success));
        return Object.assign(bridged, { onEstablished: bridged.attach.bind(bridged) });
      },
    });
    await driver.start();
    return { taken: () => card.taken, end: () => driver.close() };
  };
}

/** As many clients as psockd takes, which read nothing. */
function attackCard(isWindowed: boolean): Attack {
  return async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'psock-attack-'));
    const host = new HostileUsbHost(isWindowed);
    const stop = new AbortController();
    const daemon = runDaemon({
      folder,
      socket: path.join(folder, 'socket'),
      log: stderrLogger('error'),
      environment: {},
      signal: stop.signal,
      openPort: (_, onEvent) => host.open(onEvent),
    });
    // Longer than psockd is quiet towards a host that has just come.
    await sleep(1000);
    const clients: Socket[] = [];
    for (let number = 0; number < 32; number++) {
      const client = connect(path.join(folder, 'socket'));
      client.on('error', () => undefined);
      client.write('connect 192.0.2.1 443 20000\n');
      clients.push(client.pause());
    }
    await sleep(1000);
    host.flood();
    const end = async (): Promise<void> => {
      for (const client of clients) client.destroy();
      stop.abort();
      await daemon;
      rmSync(folder, { recursive: true });
    };
    return { taken: () => host.taken, end };
  };
}
