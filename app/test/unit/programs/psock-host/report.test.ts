import assert from 'node:assert/strict';
import { reporter } from '../../../../src/programs/psock-host/report.ts';

const refused = { event: 'refused', address: '10.0.0.1', port: 443, reason: 'private' } as const;

describe('what psock-host shows', () => {
  it('is a sentence or JSON', () => {
    const lines: string[] = [];
    reporter(false, (line) => lines.push(line))(refused);
    reporter(true, (line) => lines.push(line))(refused);
    assert.deepEqual(lines, [
      '10.0.0.1:443: refused, private [socket-refused]\n',
      `${JSON.stringify(refused)}\n`,
    ]);
  });

  it('leaves out what a card makes without end, and says how much', () => {
    const lines: string[] = [];
    let now = 0;
    const report = reporter(
      false,
      (line) => lines.push(line),
      () => now,
    );
    for (let i = 0; i < 10_000; i++) report(refused);
    assert.equal(lines.length, 200);
    report({ event: 'gone', card: '1-1' });
    assert.match(lines.at(-2)!, /^9800 lines omitted/);
    assert.equal(lines.at(-1), 'card 1-1: disconnected [card-unplugged]\n');
    now = 1000;
    for (let i = 0; i < 100; i++) report(refused);
    assert.equal(lines.length, 212);
  });
});
