/** TPM2_GetCapability (TPM 2.0 Library part 3, 30.2): a page of a list; Tpm.listCapability follows the pages. */
import type { ByteReader } from '../codec/byte-reader.ts';
import { encodeBytes } from '../codec/byte-writer.ts';
import type { Command } from '../command.ts';
import { capabilities, commandCodes } from '../constants.ts';
import { TpmFormatError } from '../errors.ts';

/** What each kind of list holds. `id` is the number that the next page begins after. */
export interface CapabilityEntry {
  readonly id: number;
  /** A property's value, or the attributes of an algorithm or a command; 0 for handles and curves. */
  readonly value: number;
}

/** Of TPM2_GetCapability. */
export interface CapabilityPage {
  readonly hasMore: boolean;
  readonly entries: CapabilityEntry[];
}

export type CapabilityKind = keyof typeof capabilities;

/** TPM2_GetCapability: `count` entries from `first`, or fewer. */
export function getCapability(
  kind: CapabilityKind,
  first: number,
  count: number,
): Command<CapabilityPage> {
  const capability = capabilities[kind];
  return {
    name: 'TPM2_GetCapability',
    code: commandCodes.GetCapability,
    handles: [],
    auths: [],
    createsObject: false,
    parameters: encodeBytes((writer) =>
      writer.writeUint32(capability).writeUint32(first).writeUint32(count),
    ),
    decode(reader) {
      const hasMore = reader.readUint8() !== 0;
      const start = reader.offset;
      const answered = reader.readUint32();
      if (answered !== capability) {
        throw new TpmFormatError(`capability ${answered} in place of ${capability}`, start);
      }
      const { bytes, read } = entryReaders[kind];
      return { hasMore, entries: reader.readList(bytes, read) };
    },
  };
}

/** TPMA_CC: the lower half is the command's number, bit 29 marks the vendor's own. */
const commandNumber = 0x2000ffff;

const entryReaders: Record<
  CapabilityKind,
  { bytes: number; read: (reader: ByteReader) => CapabilityEntry }
> = {
  algorithms: {
    bytes: 6,
    read: (reader) => ({ id: reader.readUint16(), value: reader.readUint32() }),
  },
  handles: { bytes: 4, read: (reader) => ({ id: reader.readUint32(), value: 0 }) },
  commands: {
    bytes: 4,
    read(reader) {
      const value = reader.readUint32();
      return { id: value & commandNumber, value };
    },
  },
  properties: {
    bytes: 8,
    read: (reader) => ({ id: reader.readUint32(), value: reader.readUint32() }),
  },
  curves: { bytes: 2, read: (reader) => ({ id: reader.readUint16(), value: 0 }) },
};
