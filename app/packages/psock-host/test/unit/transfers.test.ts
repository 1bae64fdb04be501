import assert from 'node:assert/strict';
import type { InEndpoint, LibUSBException } from 'usb';
import { Transfers } from '../../src/transfers.ts';

type Callback = (error: LibUSBException | undefined, buffer: Buffer, actual: number) => void;

/** As the library does it: a transfer is active from `submit` until its callback is called. */
class SlowEndpoint {
  made = 0;
  readonly active: { end: (actual: number, error?: LibUSBException) => void }[] = [];

  makeTransfer(_timeout: number, callback: Callback) {
    this.made += 1;
    let submitted: Buffer | undefined;
    const end = (actual: number, error?: LibUSBException): void => {
      const buffer = submitted!;
      submitted = undefined;
      this.active.splice(this.active.indexOf(entry), 1);
      callback(error, buffer, actual);
    };
    const entry = { end };
    return {
      submit: (buffer: Buffer) => {
        assert.equal(submitted, undefined, 'Transfer is already active');
        submitted = buffer;
        assert.notEqual(buffer.length, 0, 'LIBUSB_ERROR_NO_DEVICE');
        this.active.push(entry);
      },
      cancel: () => setImmediate(() => end(0, new Error('cancelled') as LibUSBException)),
    };
  }
}

describe('transfers of a card', () => {
  let endpoint: SlowEndpoint;
  let transfers: Transfers;
  const begin = (buffer: Buffer, done: Callback = () => undefined): void =>
    transfers.begin(endpoint as unknown as InEndpoint, buffer, done);
  beforeEach(() => {
    endpoint = new SlowEndpoint();
    transfers = new Transfers();
  });

  it('needs as many objects as there are transfers at a time, however many follow', () => {
    const moved: number[] = [];
    const next = (): void => {
      if (moved.length < 10_000)
        begin(Buffer.alloc(8), (_error, _buffer, actual) => moved.push(actual));
    };
    for (let i = 0; i < 4; i++) next();
    while (endpoint.active.length > 0) {
      endpoint.active[0]!.end(moved.length % 8);
      next();
    }
    assert.equal(moved.length, 10_003);
    assert.equal(endpoint.made, 4);
  });

  it('passes each its own buffer, also where the next begins in the callback of the last', () => {
    const told: string[] = [];
    begin(Buffer.from('one'), (_error, buffer) => {
      told.push(buffer.toString());
      begin(Buffer.from('two'), (_second, other) => told.push(other.toString()));
    });
    endpoint.active[0]!.end(3);
    endpoint.active[0]!.end(3);
    assert.deepEqual(told, ['one', 'two']);
    assert.equal(endpoint.made, 1);
  });

  it('uses none again that was refused', () => {
    assert.throws(() => begin(Buffer.alloc(0)), /NO_DEVICE/);
    begin(Buffer.alloc(1));
    assert.equal(endpoint.active.length, 1);
  });

  it('takes all back, and says when the last one has come, to everybody who asked', async () => {
    const errors: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) begin(Buffer.alloc(1), (error) => errors.push(error?.message));
    await Promise.all([transfers.cancelAll(), transfers.cancelAll()]);
    assert.deepEqual(errors, ['cancelled', 'cancelled', 'cancelled']);
    await transfers.cancelAll();
  });
});
