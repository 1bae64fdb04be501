import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  readableText,
  unescapeText,
} from '../../../../../src/programs/enftun/wifi/escaped-text.ts';

/** As wpa_supplicant escapes (printf_encode of its common library), written from its description. */
function escapeAsSupplicant(bytes: Uint8Array): string {
  const named: Record<number, string> = {
    0x22: '\\"',
    0x5c: '\\\\',
    0x1b: '\\e',
    0x0a: '\\n',
    0x0d: '\\r',
    0x09: '\\t',
  };
  const plain = (byte: number) =>
    byte >= 32 && byte < 127
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`;
  return Array.from(bytes, (byte) => named[byte] ?? plain(byte)).join('');
}

describe('wifi/escaped-text', () => {
  it('reads back whatever wpa_supplicant escapes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        assert.deepEqual(unescapeText(escapeAsSupplicant(bytes)), bytes);
      }),
    );
  });

  for (const [text, expected] of [
    ['plain', 'plain'],
    ['a\\x', 'a\\x'],
    ['\\xZZ', '\\xZZ'],
    ['\\q', '\\q'],
    ['end\\', 'end\\'],
    ['\\\\x41', '\\x41'],
    ['\\x41', 'A'],
  ] as const) {
    it(`takes ${JSON.stringify(text)} for ${JSON.stringify(expected)}`, () => {
      assert.equal(Buffer.from(unescapeText(text)).toString(), expected);
    });
  }

  it('shows text as it is, and never a control character or a bare backslash', () => {
    assert.equal(readableText(Buffer.from('Café 東京 🦊')), 'Café 東京 🦊');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const shown = readableText(bytes);
        assert.doesNotMatch(shown, /\p{Cc}|\p{Zl}|\p{Zp}|\p{Cf}/u);
        if (!shown.includes('\\')) assert.deepEqual(Buffer.from(shown), Buffer.from(bytes));
      }),
    );
  });

  for (const [what, text] of [
    ['an escape sequence', '\x1b[2J'],
    ['a line end', 'a\nb'],
    ['a turn of the direction of writing', 'a\u202eb'],
    ['an invisible space', 'a\u200bb'],
    ['a backslash', 'a\\x41'],
  ] as const) {
    it(`escapes a name with ${what}, and distinguishes it from others`, () => {
      const shown = readableText(Buffer.from(text));
      assert.match(shown, /\\/);
      assert.deepEqual(Buffer.from(unescapeText(shown)), Buffer.from(text));
    });
  }
});
