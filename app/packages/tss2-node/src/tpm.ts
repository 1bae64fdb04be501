/**
 * A TPM: every command of this package as a method, over any transport. Methods take `signal` and `timeoutMs`. A
 * command that is given up while the TPM works at it is finished there: an object that it made in the memory of the TPM
 * is flushed when the answer comes, what it changed in its NV memory stays.
 */
import { ByteReader } from './codec/byte-reader.ts';
import { decodeResponse, encodeCommand } from './codec/message.ts';
import type { EccPoint, PublicArea } from './codec/public-area.ts';
import type { Signature } from './codec/signature.ts';
import { listCapability } from './capability-list.ts';
import type { Command, RunCommand } from './command.ts';
import type { CapabilityEntry, CapabilityKind } from './commands/capability.ts';
import * as attack from './commands/dictionary-attack.ts';
import * as nv from './commands/nv.ts';
import * as objects from './commands/objects.ts';
import * as signing from './commands/signing.ts';
import { properties } from './constants.ts';
import { dictionaryAttackState, type DictionaryAttackState } from './dictionary-attack-state.ts';
import { TpmResponseError } from './errors.ts';
import { readNvContent, writeNvContent } from './nv-content.ts';
import { collectRandomBytes } from './random-bytes.ts';
import { transmitWithRetry } from './retry.ts';
import { EncryptedSession, type SessionOptions } from './session.ts';
import { TctiTransport, type TctiOptions } from './tcti-transport.ts';
import { TransientObject } from './transient-object.ts';
import type { TransmitOptions, Transport } from './transport.ts';

/** For one command; what consists of several gives each of them the same. */
export type RunOptions = Pick<TransmitOptions, 'signal' | 'timeoutMs'>;

/** For a TPM that does not report TPM_PT_NV_BUFFER_MAX. */
const smallestNvBuffer = 512;

export class Tpm<T extends Transport = Transport> {
  readonly transport: T;
  #nvBufferBytes: number | undefined;

  constructor(transport: T) {
    this.transport = transport;
  }

  /** For example `Tpm.open('device:/dev/tpmrm0')`. The first command opens the TCTI. */
  static open(configuration: string, options?: TctiOptions): Tpm<TctiTransport> {
    return new Tpm(new TctiTransport(configuration, options));
  }

  /** Sends any command. Rejects with a TpmResponseError if the TPM refuses it. */
  async run<Result>(command: Command<Result>, options: RunOptions = {}): Promise<Result> {
    const bytes = encodeCommand(command);
    const onLate = (response: Uint8Array) => void this.#discard(command, response);
    try {
      const response = await transmitWithRetry(this.transport, bytes, {
        ...options,
        isCleanup: command.isCleanup,
        onLate,
      });
      return await this.#decode(command, response);
    } finally {
      bytes.fill(0);
    }
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** TPM2_GetCapability: a whole list, page by page, from the entry `first`. */
  listCapability(
    kind: CapabilityKind,
    first = 0,
    options: RunOptions = {},
  ): Promise<CapabilityEntry[]> {
    return listCapability(this.#runWith(options), kind, first);
  }

  /** Properties of this TPM, by number; `properties` has the names. Those that it lacks are left out. */
  async getProperties(
    first: number,
    count: number,
    options: RunOptions = {},
  ): Promise<Map<number, number>> {
    const run = this.#runWith(options);
    const entries = await listCapability(run, 'properties', first, first + count);
    return new Map(entries.map(({ id, value }) => [id, value]));
  }

  /** TPM2_GetCapability of one property; undefined if the TPM lacks it. */
  async getProperty(property: number, options: RunOptions = {}): Promise<number | undefined> {
    return (await this.getProperties(property, 1, options)).get(property);
  }

  /** TPM2_GetRandom: exactly so many bytes, at most 1 MiB; the TPM is asked as often as it takes. */
  getRandom(bytes: number, options: RunOptions = {}): Promise<Uint8Array> {
    return collectRandomBytes(bytes, (atMost) => this.run(signing.getRandom(atMost), options));
  }

  /** TPM2_NV_ReadPublic: what is public about an index, with its size and its name. */
  nvReadPublic(index: number, options?: RunOptions): Promise<nv.NvPublicResult> {
    return this.run(nv.nvReadPublic(index), options);
  }

  /**
   * TPM2_NV_Read: the whole content of an index, of the size that the TPM reports, in pieces that it accepts. Another
   * client that writes meanwhile may be seen in some of the pieces.
   */
  async nvRead(index: number, options: RunOptions & nv.NvAuth = {}): Promise<Uint8Array> {
    const pieceBytes = await this.#nvPieceBytes(options);
    return readNvContent(this.#runWith(options), index, pieceBytes, options);
  }

  /** TPM2_NV_Write, from the beginning of the index: a failure may leave the first pieces written. */
  async nvWrite(
    index: number,
    data: Uint8Array,
    options: RunOptions & nv.NvAuth = {},
  ): Promise<void> {
    const pieceBytes = await this.#nvPieceBytes(options);
    await writeNvContent(this.#runWith(options), index, data, pieceBytes, options);
  }

  /** TPM2_NV_DefineSpace. The new authorization value in the command is cleared after use. */
  nvDefineSpace(definition: nv.NvDefinition, options?: RunOptions): Promise<void> {
    return this.#runOnce(nv.nvDefineSpace(definition), options);
  }

  /** TPM2_NV_UndefineSpace: removes an index with its content. */
  nvUndefineSpace(
    index: number,
    { ownerAuth, ...options }: RunOptions & { ownerAuth?: Uint8Array } = {},
  ): Promise<void> {
    return this.run(nv.nvUndefineSpace(index, ownerAuth), options);
  }

  /** TPM2_CreatePrimary: the key that the TPM derives from the seed of the hierarchy and the template. */
  async createPrimary(
    hierarchy: number,
    template: PublicArea,
    options: RunOptions & objects.CreationOptions = {},
  ): Promise<TransientObject & { readonly public: PublicArea }> {
    const made = await this.#runOnce(objects.createPrimary(hierarchy, template, options), options);
    return Object.assign(this.#own(made), { public: made.public });
  }

  /** TPM2_Create: a new object below `parent`, wrapped by it; `load` makes it usable. */
  create(
    parent: number,
    template: PublicArea,
    options: RunOptions & objects.CreationOptions = {},
  ): Promise<objects.CreateResult> {
    return this.#runOnce(objects.create(parent, template, options), options);
  }

  /** TPM2_Load. */
  async load(
    parent: number,
    object: objects.CreateResult,
    { parentAuth, ...options }: RunOptions & { parentAuth?: Uint8Array } = {},
  ): Promise<TransientObject> {
    return this.#own(await this.run(objects.load(parent, object, parentAuth), options));
  }

  /** TPM2_LoadExternal: a public key alone. */
  async loadExternal(
    area: PublicArea,
    { hierarchy, ...options }: RunOptions & { hierarchy?: number } = {},
  ): Promise<TransientObject> {
    return this.#own(await this.run(objects.loadExternal(area, hierarchy), options));
  }

  /** TPM2_ReadPublic. */
  readPublic(object: number, options?: RunOptions): Promise<objects.ReadPublicResult> {
    return this.run(objects.readPublic(object), options);
  }

  /** TPM2_EvictControl: keeps a transient object as `persistentHandle`, or removes the persistent object itself. */
  evictControl(
    object: number,
    persistentHandle: number,
    options: RunOptions & { hierarchy?: number; auth?: Uint8Array } = {},
  ): Promise<void> {
    return this.run(objects.evictControl(object, persistentHandle, options), options);
  }

  /** TPM2_FlushContext: removes a transient object or a session. */
  flushContext(handle: number, options?: RunOptions): Promise<void> {
    return this.run(objects.flushContext(handle), options);
  }

  /** TPM2_Sign: ECDSA with SHA-256 by default. */
  sign(
    key: number,
    digest: Uint8Array,
    options: RunOptions & signing.SignOptions = {},
  ): Promise<Signature> {
    return this.run(signing.sign(key, digest, options), options);
  }

  /** TPM2_Commit: the first half of an ECDAA signature. */
  commit(
    key: number,
    p1: EccPoint,
    options: RunOptions & signing.CommitOptions = {},
  ): Promise<signing.CommitResult> {
    return this.run(signing.commit(key, p1, options), options);
  }

  /** TPM2_Hash: at most TPM_PT_INPUT_BUFFER bytes, with the ticket that a restricted key asks for. */
  hash(
    data: Uint8Array,
    options: RunOptions & { algorithm?: number; hierarchy?: number } = {},
  ): Promise<signing.HashResult> {
    return this.run(signing.hash(data, options), options);
  }

  /** Failures, limits and the time until the next try, from the TPM's properties. */
  async dictionaryAttackState(options: RunOptions = {}): Promise<DictionaryAttackState> {
    const count = properties.lockoutRecovery - properties.permanent + 1;
    return dictionaryAttackState(await this.getProperties(properties.permanent, count, options));
  }

  /** TPM2_DictionaryAttackLockReset: ends the lockout and forgets all failures. */
  dictionaryAttackLockReset({
    lockoutAuth,
    ...options
  }: RunOptions & { lockoutAuth?: Uint8Array } = {}): Promise<void> {
    return this.run(attack.dictionaryAttackLockReset(lockoutAuth), options);
  }

  /** TPM2_DictionaryAttackParameters: sets the limits. It leaves the count of failures as it is. */
  dictionaryAttackParameters(
    limits: attack.DictionaryAttackLimits,
    { lockoutAuth, ...options }: RunOptions & { lockoutAuth?: Uint8Array } = {},
  ): Promise<void> {
    return this.run(attack.dictionaryAttackParameters(limits, lockoutAuth), options);
  }

  /** TPM2_StartAuthSession. Needs the transport of `Tpm.open`: ESYS works on a TCTI. */
  startSession(
    this: Tpm<TctiTransport>,
    saltKey: number,
    options?: SessionOptions,
  ): Promise<EncryptedSession> {
    return EncryptedSession.start(this.transport, saltKey, options);
  }

  /** For parameters that hold a secret: they are cleared, and the command cannot be used again. */
  async #runOnce<Result>(command: Command<Result>, options?: RunOptions): Promise<Result> {
    try {
      return await this.run(command, options);
    } finally {
      command.parameters.fill(0);
    }
  }

  async #decode<Result>(command: Command<Result>, response: Uint8Array): Promise<Result> {
    const parts = decodeResponse(response, command.createsObject);
    if (parts.code !== 0) throw new TpmResponseError(command.name, parts.code);
    try {
      const reader = new ByteReader(parts.parameters);
      const result = command.decode(reader, parts.handle ?? 0);
      reader.expectEnd(`the response to ${command.name}`);
      return result;
    } catch (error) {
      await this.#discard(command, response);
      throw error;
    }
  }

  /** Flushes the object that the response is about. If that fails too, the TPM has worse trouble than one object. */
  async #discard(command: Command<unknown>, response: Uint8Array): Promise<void> {
    if (!command.createsObject) return;
    try {
      const { handle } = decodeResponse(response, true);
      if (handle !== undefined) await this.run(objects.flushContext(handle));
    } catch {
      // The caller has the first error already.
    }
  }

  #runWith(options: RunOptions): RunCommand {
    return (command) => this.run(command, options);
  }

  #own(created: { handle: number; name: Uint8Array }): TransientObject {
    return new TransientObject(this.#runWith({}), created);
  }

  async #nvPieceBytes(options: RunOptions): Promise<number> {
    this.#nvBufferBytes ??= await this.getProperty(properties.nvBufferMax, options);
    return this.#nvBufferBytes || smallestNvBuffer;
  }
}
