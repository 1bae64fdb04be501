import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ConfigError } from '../../../../src/core/errors.ts';
import { parsePacketFile } from '../../../../src/dev/enf-server/packet-file.ts';
import { hex } from '../../wire/hex.ts';

describe('enf-server/packet-file', () => {
  it('reads packets, blanks, comments and empty lines', () => {
    const text = '# two packets\n6000 0000 # the start of one\n\n  \nABcd\r\n';
    assert.deepEqual(parsePacketFile(text, 'x').map(hex), ['60000000', 'abcd']);
  });

  const rows: [name: string, text: string, line: number][] = [
    ['half a byte', '6000\n600\n', 2],
    ['a word', 'packet\n', 1],
    ['0x', '0x60', 1],
    ['too long', `${'00'.repeat(65_536)}\n`, 1],
  ];
  for (const [name, text, line] of rows) {
    it(`names file and line of what is not a packet: ${name}`, () => {
      assert.throws(
        () => parsePacketFile(text, 'bad.hex'),
        (error) => error instanceof ConfigError && error.message.startsWith(`bad.hex:${line}: `),
      );
    });
  }

  it('gives packets or a ConfigError for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0aF #\n\rx') }), (text) => {
        try {
          for (const packet of parsePacketFile(text, 'x')) assert.ok(packet.length > 0);
        } catch (error) {
          assert.ok(error instanceof ConfigError);
        }
      }),
    );
  });
});
