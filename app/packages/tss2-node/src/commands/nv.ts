/** Commands on NV indexes (TPM 2.0 Library part 3, 31). */
import { encodeBytes } from '../codec/byte-writer.ts';
import { readNvPublic, writeNvPublic, type NvPublic } from '../codec/nv-public.ts';
import { emptyAuth, type Command } from '../command.ts';
import { commandCodes, hierarchies } from '../constants.ts';

/** An authorization for an index: by default the index's own, empty. */
export interface NvAuth {
  /** The index itself, or a hierarchy such as `hierarchies.owner`. */
  readonly authHandle?: number;
  readonly auth?: Uint8Array;
}

/** Of TPM2_NV_ReadPublic. */
export interface NvPublicResult {
  readonly public: NvPublic;
  readonly name: Uint8Array;
}

/** TPM2_NV_ReadPublic (31.6): its size, attributes and name. */
export function nvReadPublic(index: number): Command<NvPublicResult> {
  return {
    name: 'TPM2_NV_ReadPublic',
    code: commandCodes.NV_ReadPublic,
    handles: [index],
    auths: [],
    createsObject: false,
    parameters: new Uint8Array(),
    decode: (reader) => ({
      public: reader.readSizedStructure('a TPM2B_NV_PUBLIC', readNvPublic),
      name: reader.readSized(),
    }),
  };
}

/** TPM2_NV_Read (31.13): at most TPM_PT_NV_BUFFER_MAX bytes; Tpm.nvRead reads a whole index. */
export function nvRead(
  index: number,
  sizeBytes: number,
  offset: number,
  { authHandle = index, auth = emptyAuth }: NvAuth = {},
): Command<Uint8Array> {
  return {
    name: 'TPM2_NV_Read',
    code: commandCodes.NV_Read,
    handles: [authHandle, index],
    auths: [auth],
    createsObject: false,
    parameters: encodeBytes((writer) => writer.writeUint16(sizeBytes).writeUint16(offset)),
    decode: (reader) => reader.readSized(),
  };
}

/** TPM2_NV_Write (31.7): at most TPM_PT_NV_BUFFER_MAX bytes; Tpm.nvWrite writes any number. */
export function nvWrite(
  index: number,
  data: Uint8Array,
  offset: number,
  { authHandle = index, auth = emptyAuth }: NvAuth = {},
): Command<void> {
  return {
    name: 'TPM2_NV_Write',
    code: commandCodes.NV_Write,
    handles: [authHandle, index],
    auths: [auth],
    createsObject: false,
    parameters: encodeBytes((writer) => writer.writeSized(data).writeUint16(offset)),
    decode: () => undefined,
  };
}

/** For TPM2_NV_DefineSpace. */
export interface NvDefinition extends NvPublic {
  /** The authorization value that the index gets. */
  readonly newAuth?: Uint8Array;
  /** That of the owner. */
  readonly ownerAuth?: Uint8Array;
}

/** TPM2_NV_DefineSpace (31.3), by the owner. */
export function nvDefineSpace(definition: NvDefinition): Command<void> {
  return {
    name: 'TPM2_NV_DefineSpace',
    code: commandCodes.NV_DefineSpace,
    handles: [hierarchies.owner],
    auths: [definition.ownerAuth ?? emptyAuth],
    createsObject: false,
    parameters: encodeBytes((writer) =>
      writer
        .writeSized(definition.newAuth ?? emptyAuth)
        .writeSizedStructure((inner) => writeNvPublic(inner, definition)),
    ),
    decode: () => undefined,
  };
}

/** TPM2_NV_UndefineSpace (31.4), by the owner. */
export function nvUndefineSpace(index: number, ownerAuth = emptyAuth): Command<void> {
  return {
    name: 'TPM2_NV_UndefineSpace',
    code: commandCodes.NV_UndefineSpace,
    handles: [hierarchies.owner, index],
    auths: [ownerAuth],
    createsObject: false,
    parameters: new Uint8Array(),
    decode: () => undefined,
  };
}
