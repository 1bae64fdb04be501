/** A router on a loopback port and clients that speak to it over real TLS. Keys are made once. */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { PacketDevice } from 'tuntap2';
import { createAuthority } from '../../../../src/dev/pki/authority.ts';
import type { Credential } from '../../../../src/dev/pki/authority.ts';
import { FrameReader } from '../../../../src/dev/enf-server/frame-reader.ts';
import { FaultPlan } from '../../../../src/dev/enf-server/faults.ts';
import type { Fault } from '../../../../src/dev/enf-server/faults.ts';
import { EnfServer } from '../../../../src/dev/enf-server/enf-server.ts';
import type { AdmissionRules } from '../../../../src/dev/enf-server/admission.ts';
import type { Logger } from '../../../../src/platform/log.ts';
import type { MessageCode } from '../../../../src/platform/message-codes.ts';
import { encodeFrame, frameHeaderLength, nextFrame } from '../../../../src/wire/frame-stream.ts';
import { parseIpv6 } from '../../../../src/wire/ipv6-address.ts';
import { encodeIpv6, nextHeader } from '../../../../src/wire/ipv6.ts';
import { encodeEcho } from '../../../../src/wire/icmpv6-echo.ts';
import { encodeIcmpv6 } from '../../../../src/wire/icmpv6.ts';
import { encodeUdp } from '../../../../src/wire/udp.ts';

export const addressOne = 'fd00:8f80:1::1234';
export const addressTwo = 'fd00:8f80:1::5678';
export const elsewhere = '2001:db8::80';

export const authority = createAuthority();
const server = authority.issueServer({ name: 'router' });
const clients = new Map<string, Credential>();

/** The certificate of a client below the authority. */
export function clientCredential(address: string): Credential {
  const known = clients.get(address) ?? authority.issueClient(address);
  clients.set(address, known);
  return known;
}

export const trustAuthority: AdmissionRules = {
  anyClient: false,
  authorities: [new X509Certificate(authority.cert)],
  registry: new Map(),
};

export interface EnfOptions {
  readonly rules?: AdmissionRules;
  readonly beyond?: PacketDevice | 'echo' | undefined;
  readonly faults?: readonly Fault[];
  readonly patienceMs?: number;
  readonly onDeviceError?: (error: Error) => void;
}

export class Enf {
  readonly router: EnfServer;
  readonly log: string[];
  readonly #port: number;
  readonly #clients: TestClient[] = [];

  private constructor(router: EnfServer, log: string[], port: number) {
    this.router = router;
    this.log = log;
    this.#port = port;
  }

  static async start(options: EnfOptions = {}): Promise<Enf> {
    const log: string[] = [];
    const router = new EnfServer({
      cert: server.cert,
      key: server.key,
      rules: options.rules ?? trustAuthority,
      beyond: 'beyond' in options ? options.beyond : 'echo',
      faults: new FaultPlan(options.faults ?? []),
      log: recordingLog(log),
      patienceMs: options.patienceMs,
      onDeviceError: options.onDeviceError,
    });
    return new Enf(router, log, await router.listen({ host: '127.0.0.1', port: 0 }));
  }

  /** Finishes the handshake; whether the router then lets the client in is another matter. */
  async dial(credential: Credential | undefined): Promise<TestClient> {
    const socket = connect({
      host: '127.0.0.1',
      port: this.#port,
      ca: authority.cert,
      checkServerIdentity: () => undefined,
      ...credential,
    });
    const client = new TestClient(socket);
    this.#clients.push(client);
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** A client whose tunnel is open. */
  async join(address: string): Promise<TestClient> {
    const sessions = this.log.filter((line) => line.includes('[session-opened]')).length;
    const client = await this.dial(clientCredential(address));
    await eventually(`the tunnel of ${address}`, () => {
      return this.log.filter((line) => line.includes('[session-opened]')).length > sessions;
    });
    return client;
  }

  stop(): void {
    for (const client of this.#clients) client.socket.destroy();
    this.router.close();
  }
}

/** The client's end of a connection: collects whole packets, and counts TLS records. */
export class TestClient {
  readonly socket: TLSSocket;
  readonly packets: Uint8Array[] = [];
  /** Lengths of the chunks that came; a chunk is at most one TLS record. */
  readonly chunks: Buffer[] = [];
  /** How the connection ended: in good order (close_notify), without a close_notify, or not yet. */
  ending: 'none' | 'orderly' | 'abrupt' = 'none';
  isBroken = false;

  constructor(socket: TLSSocket) {
    this.socket = socket;
    const reader = new FrameReader(1496, (buf, off, end) => {
      for (let at = off; at < end; at = nextFrame(buf, at)) {
        this.packets.push(
          Uint8Array.from(buf.subarray(at + frameHeaderLength, nextFrame(buf, at))),
        );
      }
    });
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(Buffer.from(chunk));
      if (!this.isBroken) this.isBroken = !reader.push(chunk);
    });
    socket.on('end', () => (this.ending = 'orderly'));
    socket.on('error', () => (this.ending = 'abrupt'));
    socket.on('close', () => {
      if (this.ending === 'none') this.ending = 'abrupt';
    });
  }

  send(...packets: Uint8Array[]): void {
    this.socket.write(Buffer.concat(packets.map(encodeFrame)));
  }

  async received(count: number): Promise<Uint8Array[]> {
    await eventually(`${count} packets, have ${this.packets.length}`, () => {
      return this.packets.length >= count;
    });
    return this.packets;
  }

  /** Resolves once everything sent before was dealt with: the answer to a ping of the router comes last. */
  async settle(address: string): Promise<void> {
    const answers = () => this.packets.filter((packet) => packet[40] === 129).length;
    const before = answers();
    this.send(ping(address, 'fe80::1'));
    await eventually('the answer of fe80::1', () => answers() > before);
  }
}

export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new RangeError(`timed out waiting for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function address(text: string): Uint8Array {
  const bytes = parseIpv6(text);
  if (bytes === undefined) throw new RangeError(`not an address: ${text}`);
  return bytes;
}

export function ping(from: string, to: string, data = new Uint8Array(0)): Uint8Array {
  const addresses = { source: address(from), destination: address(to) };
  const echo = encodeEcho({ kind: 'request', identifier: 7, sequence: 1, data });
  const header = { ...addresses, nextHeader: nextHeader.icmpv6, hopLimit: 64 };
  return encodeIpv6(header, encodeIcmpv6(addresses, echo));
}

/** A packet of `size` bytes in all. */
export function datagram(from: string, to: string, size = 100, fill = 0): Uint8Array {
  const addresses = { source: address(from), destination: address(to) };
  const data = new Uint8Array(size - 48).fill(fill);
  const udp = encodeUdp(addresses, { sourcePort: 4000, destinationPort: 5000, payload: data });
  return encodeIpv6({ ...addresses, nextHeader: nextHeader.udp, hopLimit: 64 }, udp);
}

function recordingLog(lines: string[]): Logger {
  const record = (code: MessageCode, message: string) => void lines.push(`${message} [${code}]`);
  return {
    error: record,
    warning: record,
    info: record,
    debug: (message) => void lines.push(message),
    isEnabled: () => true,
  };
}
