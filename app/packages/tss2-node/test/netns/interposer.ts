/**
 * An attacker on the bus: two ports in front of those of a simulator. A test changes commands and responses on their
 * way; what passes the control channel stays as it is.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Swtpm } from '../../testing/index.ts';

/** Returns what is passed on in place of a whole command or response. */
export type Change = (message: Buffer) => Buffer;

const portAttempts = 20;

export class Interposer {
  onCommand: Change = (message) => message;
  onResponse: Change = (message) => message;
  readonly port: number;
  readonly #servers: readonly Server[];
  readonly #sockets = new Set<Socket>();

  private constructor(bus: Server, control: Server, swtpm: Swtpm) {
    this.port = (bus.address() as AddressInfo).port;
    this.#servers = [bus, control];
    bus.on('connection', (socket) => this.#join(socket, swtpm.port, true));
    control.on('connection', (socket) => this.#join(socket, swtpm.port + 1, false));
  }

  static async start(swtpm: Swtpm): Promise<Interposer> {
    for (let attempt = 0; attempt < portAttempts; attempt++) {
      const bus = await listen(0);
      if (bus === undefined) continue;
      const control = await listen((bus.address() as AddressInfo).port + 1);
      if (control !== undefined) return new Interposer(bus, control, swtpm);
      bus.close();
    }
    throw new RangeError('no two neighbouring ports are free');
  }

  /** For `Tpm.open`. */
  get configuration(): string {
    return `swtpm:host=127.0.0.1,port=${this.port}`;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
  }

  #join(client: Socket, port: number, isBus: boolean): void {
    const tpm = connect(port, '127.0.0.1');
    for (const socket of [client, tpm]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        tpm.destroy();
      });
    }
    pass(client, tpm, isBus ? (message) => this.onCommand(message) : undefined);
    pass(tpm, client, isBus ? (message) => this.onResponse(message) : undefined);
  }
}

/** Commands and responses have their size behind a tag of two bytes. */
function pass(from: Socket, to: Socket, change: Change | undefined): void {
  let received = Buffer.alloc(0);
  from.on('data', (data: Buffer) => {
    if (change === undefined) {
      to.write(data);
      return;
    }
    received = Buffer.concat([received, data]);
    while (received.length >= 6 && received.length >= received.readUInt32BE(2)) {
      const size = received.readUInt32BE(2);
      to.write(change(Buffer.from(received.subarray(0, size))));
      received = received.subarray(size);
    }
  });
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    if (port > 65535) resolve(undefined);
    else server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
