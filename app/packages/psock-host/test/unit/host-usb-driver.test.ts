/** How much of a card psock-host keeps: what the card is read for, and when not. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  encodeMessage,
  encodeWindowReply,
  resultCode,
  windowOfRequest,
  windowRequestNumber,
  windowRequestType,
  type HssMessage,
} from 'hss';
import { HostUsbDriver, type DevicePort, type Received } from '../../src/index.ts';

/** A card whose every transfer is the test's. */
class HandCard implements DevicePort {
  readonly name = 'hand';
  readonly bulk: { length: number; received: Received }[] = [];
  readonly commands: Received[] = [];
  readonly sent: (() => void)[] = [];
  window = 0;
  readonly #isWindowed: boolean;

  constructor(isWindowed: boolean) {
    this.#isWindowed = isWindowed;
  }

  networkInterfaces(): readonly string[] {
    return [];
  }

  requestWindow(value: number): Promise<Uint8Array | undefined> {
    const request = windowRequestNumber;
    const setup = { requestType: windowRequestType, request, value, index: 0, length: 16 };
    this.window = windowOfRequest(setup)!;
    // What was under way is taken back.
    for (const { received } of this.bulk.splice(0)) received(new Uint8Array(0));
    for (const received of this.commands.splice(0)) received(new Uint8Array(0));
    const reply = encodeWindowReply({ windowBytes: 65536, session: 1 });
    return Promise.resolve(this.#isWindowed ? reply : undefined);
  }

  tellMoved(): void {}

  receiveBulk(length: number, received: Received): void {
    this.bulk.push({ length, received });
  }

  receiveCommand(received: Received): void {
    this.commands.push(received);
  }

  sendBulk(_bytes: Uint8Array, sent: () => void): void {
    this.sent.push(sent);
  }

  sendCommand(_bytes: Uint8Array, sent: () => void): void {
    this.sent.push(sent);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The card reads everything. */
  async read(): Promise<void> {
    while (this.sent.length > 0) {
      for (const sent of this.sent.splice(0)) sent();
      await nextTurn();
    }
  }
}

function open(handle: number): HssMessage {
  const numbers = { family: 1, protocol: 1, type: 1 };
  return { kind: 'open', messageId: 1, socketId: 0, handle, ...numbers };
}

describe('the driver of a card that sends and does not read', () => {
  let card: HandCard;
  let driver: HostUsbDriver;
  let now: number;
  afterEach(() => driver.close());

  async function start(isWindowed: boolean, maxSockets = 8): Promise<void> {
    now = 0;
    card = new HandCard(isWindowed);
    driver = new HostUsbDriver({
      port: card,
      maxSockets,
      now: () => now,
      onSession: () => undefined,
      onFailure: (error) => assert.fail(error),
      onConnect: (_, answer) => {
        answer(resultCode.success);
        return {
          onEstablished: () => undefined,
          onData: () => undefined,
          onEnd: () => undefined,
          onClose: () => undefined,
        };
      },
    });
    await driver.start();
  }

  let handle = 0;
  /** Requests until it stops reading; how many it took. */
  async function flood(send: (bytes: Uint8Array) => boolean): Promise<number> {
    let count = 0;
    for (; send(encodeMessage(open(++handle))); count++) {
      assert.ok(count < 10_000, 'it goes on reading');
      if (count % 100 === 0) await nextTurn();
    }
    return count;
  }
  const byBulk = (bytes: Uint8Array): boolean => {
    const transfer = card.bulk.shift();
    transfer?.received(bytes);
    return transfer !== undefined;
  };
  const byCommand = (bytes: Uint8Array): boolean => {
    const received = card.commands.shift();
    received?.(bytes);
    return received !== undefined;
  };

  for (const [name, isWindowed, send] of [
    ['with a window', true, byBulk],
    ['without, on the bulk endpoint', false, byBulk],
    ['without, on the command endpoint', false, byCommand],
  ] as const) {
    it(`stops reading, ${name}, and goes on when the card reads`, async () => {
      await start(isWindowed);
      for (let round = 0; round < 3; round++) {
        const count = await flood(send);
        assert.ok(count > 200 && count < 300, `${count} requests taken`);
        assert.ok(driver.session.waitingCommands <= count);
        await card.read();
        assert.equal(driver.session.waitingCommands, 0);
        assert.ok(card.bulk.length === 4 && card.commands.length === 1, 'it reads again');
      }
    });
  }

  it('still notices that a windowed card starts over', async () => {
    await start(true);
    await flood(byBulk);
    assert.equal(card.commands.length, 1);
    now = 1000;
    byCommand(encodeMessage(open(1)));
    await nextTurn();
    assert.equal(driver.session.waitingCommands, 0);
    assert.equal(card.bulk.length, 4);
    assert.equal(card.commands.length, 1);
  });

  it('grants less of a window where a card may have many sockets', async () => {
    await start(true);
    assert.equal(card.window, 256 * 1024);
    for (const maxSockets of [1, 32, 128, 129, 1000, 1024]) {
      await driver.close();
      await start(true, maxSockets);
      assert.ok(card.window * maxSockets <= 32 * 1024 * 1024, `${card.window}`);
      assert.ok(card.window >= 32 * 1024);
    }
  });
});
