/**
 * Makes handshakes with the identity of a configuration, one after the other, as the service makes them, and prints how
 * long they took and how long the event loop stood still: `tpm-handshakes.ts CONFIG HOST PORT COUNT`.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { loadConfig } from '../../src/config/load.ts';
import { NativeTls, NodeTls } from '../../src/daemon/session/handshake.ts';
import { loadIdentity, type TpmAccess } from '../../src/identity/files.ts';
import { plainHello } from '../../src/identity/tls-context.ts';
import { tpmSettings } from '../../src/identity/tpm/tpm-settings.ts';
import { seconds } from '../../src/core/time.ts';

export interface Handshakes {
  readonly count: number;
  readonly openingMs: number;
  readonly medianMs: number;
  readonly longestMs: number;
  readonly longestStopMs: number;
}

const [file = '', host = '', port = '', count = ''] = process.argv.slice(2);
const { config } = loadConfig(file);
const tpm: TpmAccess = { settings: () => tpmSettings(config.identity.tpm) };
const files = { caCertFile: config.remote.caCertFile, ...config.identity };
const client = new NativeTls(new NodeTls());
const delay = monitorEventLoopDelay({ resolution: 1 });
const times: number[] = [];
let openingMs = 0;

for (let i = 0; i < Number(count); i++) {
  const start = performance.now();
  const identity = await loadIdentity(files, { tpm });
  if (i === 0) openingMs = performance.now() - start;
  const socket = connect({ host, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const begin = performance.now();
  delay.enable();
  const stream = await client.handshake(
    { stream: socket, localAddress: undefined },
    {
      ...{ identity, hello: plainHello, serverName: undefined, serverPins: [] },
      ...{ onNotYetValid: undefined, handshakeDeadline: seconds(15) },
      signal: new AbortController().signal,
    },
  );
  delay.disable();
  times.push(performance.now() - begin);
  stream.close();
}
tpm.keys?.close();
const sorted = times.toSorted((a, b) => a - b);
const result: Handshakes = {
  count: times.length,
  openingMs,
  medianMs: sorted[sorted.length >> 1] ?? NaN,
  longestMs: sorted.at(-1) ?? NaN,
  longestStopMs: delay.max / 1e6,
};
console.log(JSON.stringify(result));
