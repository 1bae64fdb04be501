/** Packets as text, for `--misbehave inject=FILE`: one packet per line in hex, blanks allowed, `#` starts a comment. */
import { ConfigError } from '../../core/errors.ts';

const maxPacketBytes = 0xffff;

/** `file` names the text in errors. */
export function parsePacketFile(text: string, file: string): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const digits = line.replace(/#.*/, '').replace(/\s+/g, '');
    if (digits === '') continue;
    if (!/^([0-9a-f]{2})+$/i.test(digits) || digits.length > 2 * maxPacketBytes) {
      throw new ConfigError('not a packet', {
        file,
        line: index + 1,
        expected: `up to ${maxPacketBytes} bytes as pairs of hex digits`,
        found: JSON.stringify(line.slice(0, 40)),
      });
    }
    packets.push(Uint8Array.from(Buffer.from(digits, 'hex')));
  }
  return packets;
}
