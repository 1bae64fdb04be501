/** Commands that make, load, keep and remove objects (TPM 2.0 Library part 3, 12, 24, 28). */
import type { ByteReader } from '../codec/byte-reader.ts';
import { encodeBytes } from '../codec/byte-writer.ts';
import { encodePublic, readPublicArea, type PublicArea } from '../codec/public-area.ts';
import { emptyAuth, type Command } from '../command.ts';
import { commandCodes, hierarchies } from '../constants.ts';

/** For TPM2_CreatePrimary and TPM2_Create: TPM2B_SENSITIVE_CREATE, and the authorization of the parent. */
export interface CreationOptions {
  /** Of the parent, or of the hierarchy. */
  readonly parentAuth?: Uint8Array;
  /** The authorization value that the new object gets. */
  readonly newAuth?: Uint8Array;
  /** Sealed data, or empty: then the TPM makes the secret. */
  readonly data?: Uint8Array;
}

/** Of TPM2_CreatePrimary. */
export interface CreatePrimaryResult {
  readonly handle: number;
  readonly public: PublicArea;
  readonly name: Uint8Array;
}

/** Of TPM2_Create; TPM2_Load and key files take it. */
export interface CreateResult {
  /** Content of a TPM2B_PRIVATE, wrapped by the parent. */
  readonly private: Uint8Array;
  readonly public: PublicArea;
}

/** Of TPM2_Load and TPM2_LoadExternal. */
export interface LoadResult {
  readonly handle: number;
  readonly name: Uint8Array;
}

/** Of TPM2_ReadPublic. */
export interface ReadPublicResult {
  readonly public: PublicArea;
  readonly name: Uint8Array;
  readonly qualifiedName: Uint8Array;
}

/** TPM2_CreatePrimary (24.1): the key that a hierarchy's seed and the template give, the same each time. */
export function createPrimary(
  hierarchy: number,
  template: PublicArea,
  options: CreationOptions = {},
): Command<CreatePrimaryResult> {
  return {
    name: 'TPM2_CreatePrimary',
    code: commandCodes.CreatePrimary,
    handles: [hierarchy],
    auths: [options.parentAuth ?? emptyAuth],
    createsObject: true,
    parameters: creationParameters(template, options),
    decode(reader, handle) {
      const area = reader.readSizedStructure('a TPM2B_PUBLIC', readPublicArea);
      skipCreationData(reader);
      return { handle, public: area, name: reader.readSized() };
    },
  };
}

/** TPM2_Create (12.1): a new object below `parent`; `load` makes it usable. */
export function create(
  parent: number,
  template: PublicArea,
  options: CreationOptions = {},
): Command<CreateResult> {
  return {
    name: 'TPM2_Create',
    code: commandCodes.Create,
    handles: [parent],
    auths: [options.parentAuth ?? emptyAuth],
    createsObject: false,
    parameters: creationParameters(template, options),
    decode(reader) {
      const wrapped = reader.readSized();
      const area = reader.readSizedStructure('a TPM2B_PUBLIC', readPublicArea);
      skipCreationData(reader);
      return { private: wrapped, public: area };
    },
  };
}

/** TPM2_Load (12.2). */
export function load(
  parent: number,
  object: CreateResult,
  parentAuth = emptyAuth,
): Command<LoadResult> {
  return {
    name: 'TPM2_Load',
    code: commandCodes.Load,
    handles: [parent],
    auths: [parentAuth],
    createsObject: true,
    parameters: encodeBytes((writer) =>
      writer.writeSized(object.private).writeBytes(encodePublic(object.public)),
    ),
    decode: (reader, handle) => ({ handle, name: reader.readSized() }),
  };
}

/** TPM2_LoadExternal (12.3): a public key without its private part, for example to verify with. */
export function loadExternal(
  area: PublicArea,
  hierarchy: number = hierarchies.null,
): Command<LoadResult> {
  return {
    name: 'TPM2_LoadExternal',
    code: commandCodes.LoadExternal,
    handles: [],
    auths: [],
    createsObject: true,
    parameters: encodeBytes((writer) =>
      writer.writeUint16(0).writeBytes(encodePublic(area)).writeUint32(hierarchy),
    ),
    decode: (reader, handle) => ({ handle, name: reader.readSized() }),
  };
}

/** TPM2_ReadPublic (12.4). */
export function readPublic(object: number): Command<ReadPublicResult> {
  return {
    name: 'TPM2_ReadPublic',
    code: commandCodes.ReadPublic,
    handles: [object],
    auths: [],
    createsObject: false,
    parameters: new Uint8Array(),
    decode: (reader) => ({
      public: reader.readSizedStructure('a TPM2B_PUBLIC', readPublicArea),
      name: reader.readSized(),
      qualifiedName: reader.readSized(),
    }),
  };
}

/**
 * TPM2_EvictControl (28.5): keeps the transient `object` as `persistentHandle`; given the persistent object itself,
 * removes it.
 */
export function evictControl(
  object: number,
  persistentHandle: number,
  options: { hierarchy?: number; auth?: Uint8Array } = {},
): Command<void> {
  return {
    name: 'TPM2_EvictControl',
    code: commandCodes.EvictControl,
    handles: [options.hierarchy ?? hierarchies.owner, object],
    auths: [options.auth ?? emptyAuth],
    createsObject: false,
    parameters: encodeBytes((writer) => writer.writeUint32(persistentHandle)),
    decode: () => undefined,
  };
}

/** TPM2_FlushContext (28.4): removes a transient object or a session. */
export function flushContext(handle: number): Command<void> {
  return {
    name: 'TPM2_FlushContext',
    code: commandCodes.FlushContext,
    handles: [],
    auths: [],
    createsObject: false,
    isCleanup: true,
    // The specification counts this handle among the parameters, since nothing authorizes its use.
    parameters: encodeBytes((writer) => writer.writeUint32(handle)),
    decode: () => undefined,
  };
}

/** TPMS_SENSITIVE_CREATE as a TPM2B. */
export function encodeSensitive({
  newAuth = emptyAuth,
  data = emptyAuth,
}: CreationOptions): Uint8Array {
  return encodeBytes((writer) =>
    writer.writeSizedStructure((inner) => inner.writeSized(newAuth).writeSized(data)),
  );
}

function creationParameters(template: PublicArea, options: CreationOptions): Uint8Array {
  const sensitive = encodeSensitive(options);
  try {
    return encodeBytes((writer) => {
      writer.writeBytes(sensitive).writeBytes(encodePublic(template));
      // No outside information, and no PCR in the creation data.
      writer.writeUint16(0).writeUint32(0);
    });
  } finally {
    sensitive.fill(0);
  }
}

/** Creation data, its hash, and a ticket: for TPM2_CertifyCreation. */
function skipCreationData(reader: ByteReader): void {
  reader.readSized();
  reader.readSized();
  reader.readUint16();
  reader.readUint32();
  reader.readSized();
}
