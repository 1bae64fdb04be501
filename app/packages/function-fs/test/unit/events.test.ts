import assert from 'node:assert/strict';
import { parseEvents } from '../../src/index.ts';

const event = (type: number, setup: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0]): number[] => [
  ...setup,
  ...[type, 0, 0, 0],
];

describe('events of endpoint 0', () => {
  it('reads several at once', () => {
    const bytes = Uint8Array.from([0, 1, 2, 3, 5, 6].flatMap((type) => event(type)));
    assert.deepEqual(
      parseEvents(bytes).map(({ kind }) => kind),
      ['bind', 'unbind', 'enable', 'disable', 'suspend', 'resume'],
    );
  });

  it('reads a control request', () => {
    const setup = [0xc1, 0x57, 0x00, 0x01, 0x02, 0x00, 0x10, 0x00];
    assert.deepEqual(parseEvents(Uint8Array.from(event(4, setup))), [
      {
        kind: 'setup',
        setup: { requestType: 0xc1, request: 0x57, value: 256, index: 2, length: 16 },
      },
    ]);
  });

  it('leaves out unknown events, and half an event', () => {
    const bytes = Uint8Array.from([...event(7), ...event(255), ...event(2), 1, 2, 3]);
    assert.deepEqual(parseEvents(bytes), [{ kind: 'enable' }]);
  });
});
