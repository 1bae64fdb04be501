/**
 * The options of a DHCPv6 message, and those inside other options (RFC 8415 section 21.1). Decode throws ParseError: an
 * option that does not fit its code makes the whole message invalid, an unknown code is kept raw. Count and
 * depth are bounded. Leaves out the rule which option belongs where; the server looks for those it wants.
 */
import { InternalError, ParseError } from '../../../core/errors.ts';
import { readUint16, requireUint, writeUint16 } from '../../bytes.ts';
import type { OptionListCodec } from './option.ts';
import {
  decodeOptionData,
  encodeOptionData,
  optionCode,
  type Dhcpv6Option,
  type Dhcpv6OptionOf,
} from './registry.ts';

/** Per list; a client of today sends about ten. */
export const maxOptionsPerList = 64;
/** Message, IA and IA Address are three lists one inside the other; nothing has a fourth with anything in it. */
export const maxOptionDepth = 3;

const optionHeaderLength = 4;
const what = 'DHCPv6 options';
const messageList = listCodec(1);

export function encodeDhcpv6Options(options: readonly Dhcpv6Option[]): Uint8Array {
  return messageList.encode(options);
}

/** `bytes` is the rest of the message. */
export function decodeDhcpv6Options(bytes: Uint8Array): Dhcpv6Option[] {
  return messageList.decode(bytes);
}

/** The first option of that kind. */
export function findDhcpv6Option<K extends Dhcpv6Option['kind']>(
  options: readonly Dhcpv6Option[],
  kind: K,
): Dhcpv6OptionOf<K> | undefined {
  return options.find((option): option is Dhcpv6OptionOf<K> => option.kind === kind);
}

/** Codec for the lists at `depth`, 1 being the message's own. */
function listCodec(depth: number): OptionListCodec<Dhcpv6Option> {
  const nested = depth > maxOptionDepth ? undefined : listCodec(depth + 1);
  return {
    encode: (options) => {
      if (options.length === 0) return new Uint8Array(0);
      if (nested === undefined) throw new InternalError('DHCPv6 options nested too deeply');
      if (options.length > maxOptionsPerList) {
        throw new InternalError(`${options.length} DHCPv6 options in one list`);
      }
      return encodeList(options, nested);
    },
    decode: (bytes) => {
      if (bytes.length === 0) return [];
      if (nested === undefined) throw new ParseError(what, 0, 'nested too deeply');
      return decodeList(bytes, nested);
    },
  };
}

/** Measures before it writes: a list goes into one array. */
function encodeList(
  options: readonly Dhcpv6Option[],
  nested: OptionListCodec<Dhcpv6Option>,
): Uint8Array {
  const contents = options.map((option) => encodeOptionData(option, nested));
  const bytes = new Uint8Array(
    contents.reduce((sum, data) => sum + optionHeaderLength + data.length, 0),
  );
  let at = 0;
  for (const [i, data] of contents.entries()) {
    writeUint16(bytes, at, requireUint(optionCode(options[i]!), 16, 'option code'));
    writeUint16(bytes, at + 2, requireUint(data.length, 16, 'option length'));
    bytes.set(data, at + optionHeaderLength);
    at += optionHeaderLength + data.length;
  }
  return bytes;
}

function decodeList(bytes: Uint8Array, nested: OptionListCodec<Dhcpv6Option>): Dhcpv6Option[] {
  const options: Dhcpv6Option[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (options.length === maxOptionsPerList) {
      throw new ParseError(what, at, `over ${maxOptionsPerList} options`);
    }
    const dataStart = at + optionHeaderLength;
    if (dataStart > bytes.length) throw new ParseError(what, bytes.length, 'option is cut short');
    const end = dataStart + readUint16(bytes, at + 2);
    if (end > bytes.length) throw new ParseError(what, bytes.length, 'option is cut short');
    options.push(decodeOptionData(readUint16(bytes, at), bytes.subarray(dataStart, end), nested));
    at = end;
  }
  return options;
}
