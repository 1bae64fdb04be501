import assert from 'node:assert/strict';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { maxPassedFds, SocketError, UnixDatagram, type DatagramMessage } from '../../src/index.ts';
import { openDescriptors, openSockets } from './open-sockets.ts';

/** A bound socket whose messages can be awaited. */
class Receiver {
  readonly socket = new UnixDatagram();
  readonly refused: SocketError[] = [];
  readonly #messages: DatagramMessage[] = [];
  #wake: () => void = () => undefined;

  constructor(name: string, maxFds?: number) {
    this.socket.bind(name);
    this.socket.start(
      {
        onMessage: (message) => {
          this.#messages.push(message);
          this.#wake();
        },
        onRefused: (error) => {
          this.refused.push(error);
          this.#wake();
        },
        onError: assert.ifError,
      },
      { maxFds },
    );
  }

  async next(): Promise<DatagramMessage> {
    for (;;) {
      const message = this.#messages.shift();
      if (message) return message;
      await this.#event();
    }
  }

  async refusal(): Promise<SocketError> {
    while (this.refused.length === 0) await this.#event();
    return this.refused[0] as SocketError;
  }

  #event(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

describe('tuntap2/unix-datagram', () => {
  let folder: string;
  let name: string;
  let file: string;
  let receiver: Receiver;
  let sender: UnixDatagram;
  let before: number;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'datagram-'));
    name = path.join(folder, 'socket');
    file = path.join(folder, 'file');
    writeFileSync(file, 'content of the file');
    before = openSockets();
    sender = new UnixDatagram();
  });

  afterEach(() => {
    receiver?.socket.close();
    sender.close();
    assert.equal(openSockets(), before, 'every socket is closed');
    assert.ok(!openDescriptors().includes(file), 'every passed descriptor is closed');
    rmSync(folder, { recursive: true });
  });

  it('sends to a path, and reports the sender', async () => {
    receiver = new Receiver(name);
    sender.bind(path.join(folder, 'sender'));
    assert.equal(sender.send('hello', { to: name }), true);
    const message = await receiver.next();
    assert.equal(new TextDecoder().decode(message.data), 'hello');
    assert.equal(message.from, path.join(folder, 'sender'));
    assert.deepEqual(message.fds, []);
  });

  it('sends between abstract names', async () => {
    receiver = new Receiver(`@${name}`);
    sender.bind(`@${name}-sender`);
    sender.connect(`@${name}`);
    sender.send(Uint8Array.of(1, 2, 3));
    const message = await receiver.next();
    assert.deepEqual(message.data, Uint8Array.of(1, 2, 3));
    assert.equal(message.from, `@${name}-sender`);
    assert.ok(!readdirSync(folder).includes('socket'));
  });

  it('keeps order and edges, the empty datagram included', async () => {
    receiver = new Receiver(name);
    sender.connect(name);
    const sent = ['one', '', 'three'];
    for (const text of sent) assert.ok(sender.send(text));
    for (const text of sent) {
      const message = await receiver.next();
      assert.equal(new TextDecoder().decode(message.data), text);
      assert.equal(message.from, '');
    }
  });

  it('gives a copy of the data', async () => {
    receiver = new Receiver(name);
    sender.send('first', { to: name });
    const first = await receiver.next();
    sender.send('other', { to: name });
    await receiver.next();
    assert.equal(new TextDecoder().decode(first.data), 'first');
  });

  it('passes descriptors, which are closed on exec', async () => {
    receiver = new Receiver(name, 2);
    const fd = openSync(file, 'r');
    sender.send('look', { to: name, fds: [fd, fd] });
    closeSync(fd);
    const { fds } = await receiver.next();
    assert.equal(fds.length, 2);
    assert.equal(readlinkSync(`/proc/self/fd/${fds[0]}`), file);
    assert.equal(readFileSync(fds[1] as number, 'utf8'), 'content of the file');
    for (const passed of fds) {
      // O_CLOEXEC in the octal flags.
      const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${passed}`, 'utf8'));
      assert.ok(parseInt(flags?.[1] ?? '0', 8) & 0o2000000);
      closeSync(passed);
    }
  });

  it('refuses more descriptors than asked for, closes them all, and goes on', async () => {
    receiver = new Receiver(name, 1);
    const fd = openSync(file, 'r');
    sender.send('too many', { to: name, fds: [fd, fd] });
    sender.send('far too many', { to: name, fds: new Array<number>(maxPassedFds).fill(fd) });
    sender.send('fine', { to: name, fds: [fd] });
    closeSync(fd);
    const { data, fds } = await receiver.next();
    assert.equal(new TextDecoder().decode(data), 'fine');
    assert.deepEqual(
      receiver.refused.map((error) => error.errno),
      ['E2BIG', 'E2BIG'],
    );
    fds.forEach((passed) => closeSync(passed));
  });

  it('takes no descriptor at all unless asked', async () => {
    receiver = new Receiver(name);
    const fd = openSync(file, 'r');
    sender.send('gift', { to: name, fds: [fd] });
    closeSync(fd);
    assert.equal((await receiver.refusal()).errno, 'E2BIG');
  });

  it('refuses a datagram that is longer than 64 KiB, whole, with its descriptors', async () => {
    receiver = new Receiver(name, 1);
    const fd = openSync(file, 'r');
    sender.send(new Uint8Array(64 * 1024 + 1), { to: name, fds: [fd] });
    sender.send(new Uint8Array(64 * 1024), { to: name });
    closeSync(fd);
    assert.equal((await receiver.next()).data.length, 64 * 1024);
    assert.deepEqual(
      receiver.refused.map((error) => error.errno),
      ['EMSGSIZE'],
    );
  });

  it('answers false when the receiver is busy, and reports when it is not', async () => {
    receiver = new Receiver(name);
    const writable = new Promise<void>((resolve, reject) => {
      sender.connect(name);
      sender.start({ onMessage: () => undefined, onWritable: resolve, onError: reject });
    });
    let sent = 0;
    while (sender.send(`message ${sent}`)) sent++;
    assert.ok(sent > 0);
    await writable;
    assert.ok(sender.send('more'));
    for (let i = 0; i < sent; i++) {
      assert.equal(new TextDecoder().decode((await receiver.next()).data), `message ${i}`);
    }
    assert.equal(new TextDecoder().decode((await receiver.next()).data), 'more');
  });

  it('can be closed inside a callback, and calls nothing afterwards', async () => {
    let messages = 0;
    await new Promise<void>((resolve, reject) => {
      const socket = new UnixDatagram();
      socket.bind(name);
      socket.start({
        onMessage() {
          messages++;
          socket.close();
          socket.close();
          setImmediate(resolve);
        },
        onError: reject,
      });
      for (let i = 0; i < 3; i++) sender.send('x', { to: name });
    });
    assert.equal(messages, 1);
  });

  const failures: [what: string, act: () => void, errno: string][] = [
    ['sending to a missing socket', () => sender.send('x', { to: `${name}-none` }), 'ENOENT'],
    ['sending without a receiver', () => sender.send('x'), 'ENOTCONN'],
    ['connecting to a missing socket', () => sender.connect('@no-such-name'), 'ECONNREFUSED'],
    ['binding to an empty name', () => sender.bind(''), 'EINVAL'],
    ['binding to a name with a zero byte', () => sender.bind(`${name}\0x`), 'EINVAL'],
    ['binding to a path of 108 bytes', () => sender.bind(`/${'x'.repeat(107)}`), 'ENAMETOOLONG'],
    [
      'binding to an abstract name of 108',
      () => sender.bind(`@${'x'.repeat(108)}`),
      'ENAMETOOLONG',
    ],
  ];
  for (const [what, act, errno] of failures) {
    it(`throws ${errno} for ${what}`, () => {
      assert.throws(act, (error) => error instanceof SocketError && error.errno === errno);
    });
  }

  it('throws EBADF for a descriptor that is not open', () => {
    receiver = new Receiver(name);
    const act = (): unknown => sender.send('x', { to: name, fds: [9999] });
    assert.throws(act, (error) => error instanceof SocketError && error.errno === 'EBADF');
  });

  it('binds to the longest abstract name', () => {
    sender.bind(`@${'x'.repeat(107)}`);
  });

  it('throws for every use after close', () => {
    sender.close();
    for (const act of [
      () => sender.bind(name),
      () => sender.connect(name),
      () => sender.send('x', { to: name }),
      () => sender.start({ onMessage: () => undefined, onError: assert.ifError }),
    ]) {
      assert.throws(act, (error) => error instanceof SocketError);
    }
  });
});
