/**
 * A session of ESYS: an HMAC over each command and its response, and AES-128-CFB over their first parameters, with keys
 * that come from a salt only this TPM can decrypt. Someone who reads or changes the bytes between processor and TPM
 * sees neither authorization values nor data, and a changed response fails with TSS2_ESYS_RC_RSP_AUTH_FAILED.
 *
 * The trust begins with the salt key: give `saltKeyName`, which was noted when the TPM was set up. Comparing the answer
 * of `Tpm.readPublic` is not enough, because ESYS reads the key again, and an attacker on the bus may answer otherwise
 * then.
 */
import { ByteReader } from './codec/byte-reader.ts';
import { encodeBytes } from './codec/byte-writer.ts';
import { encodePublic, readPublicArea, type PublicArea } from './codec/public-area.ts';
import { writeAsymmetricScheme, type AsymmetricScheme } from './codec/scheme.ts';
import { readSignature, type Signature } from './codec/signature.ts';
import { emptyAuth } from './command.ts';
import { encodeSensitive, type CreateResult, type CreationOptions } from './commands/objects.ts';
import { ecdsaSha256 } from './commands/signing.ts';
import { TpmClosedError, TpmFormatError, TpmResponseError, TpmSaltKeyError } from './errors.ts';
import { collectRandomBytes } from './random-bytes.ts';
import type { TctiTransport } from './tcti-transport.ts';
import type { TransmitOptions } from './transport.ts';

type Limits = Pick<TransmitOptions, 'signal' | 'timeoutMs'>;

export interface SessionOptions extends Limits {
  /** The name that the salt key must have. Without it the session trusts any key that the bus presents. */
  readonly saltKeyName?: Uint8Array | undefined;
}

/** kOtherSaltKey of native/connection.h. */
const otherSaltKey = 0xfe0001;

/** What a session needs of its transport. */
export type EsysTransport = Pick<TctiTransport, 'callEsys'>;

export class EncryptedSession {
  readonly #transport: EsysTransport;
  readonly #number: number;
  #ended: Promise<void> | undefined;

  private constructor(transport: EsysTransport, number: number) {
    this.#transport = transport;
    this.#number = number;
  }

  /** `saltKey` is the handle of a restricted decryption key, such as the parent of the other keys. */
  static async start(
    transport: EsysTransport,
    saltKey: number,
    { saltKeyName, ...limits }: SessionOptions = {},
  ): Promise<EncryptedSession> {
    if (saltKeyName?.length === 0) throw new TpmFormatError('saltKeyName is empty');
    const input = encodeBytes((writer) =>
      writer.writeUint32(saltKey).writeSized(saltKeyName ?? new Uint8Array()),
    );
    const started = transport.callEsys('startSession', 'TPM2_StartAuthSession', input, {
      ...limits,
      onLate: (late) => void end(transport, new ByteReader(late).readUint32()).catch(() => {}),
    });
    const output = await started.catch((error: unknown) => {
      if (!(error instanceof TpmResponseError) || error.responseCode.value !== otherSaltKey)
        throw error;
      throw new TpmSaltKeyError(
        `the salt key 0x${saltKey.toString(16)} has another name than saltKeyName: it was replaced, or the bytes between ` +
          'processor and TPM were changed',
      );
    });
    return new EncryptedSession(transport, new ByteReader(output).readUint32());
  }

  /** As Tpm.getRandom. */
  getRandom(bytes: number, limits: Limits = {}): Promise<Uint8Array> {
    return collectRandomBytes(bytes, async (atMost) => {
      const input = this.#input((writer) => writer.writeUint16(atMost));
      const output = await this.#transport.callEsys('getRandom', 'TPM2_GetRandom', input, limits);
      return new ByteReader(output).readSized();
    });
  }

  /** One piece of at most TPM_PT_NV_BUFFER_MAX bytes, with the authorization of the index itself. */
  async nvRead(
    index: number,
    sizeBytes: number,
    offset: number,
    options: Limits & { auth?: Uint8Array } = {},
  ): Promise<Uint8Array> {
    const input = this.#input((writer) => {
      writer.writeUint32(index).writeSized(options.auth ?? emptyAuth);
      writer.writeUint16(sizeBytes).writeUint16(offset);
    });
    const output = await this.#transport.callEsys('nvRead', 'TPM2_NV_Read', input, options);
    return new ByteReader(output).readSized();
  }

  /** As Tpm.create; the authorization value and the data of the new object are encrypted on their way. */
  async create(
    parent: number,
    template: PublicArea,
    options: Limits & CreationOptions = {},
  ): Promise<CreateResult> {
    const sensitive = encodeSensitive(options);
    let input: Uint8Array;
    try {
      input = this.#input((writer) => {
        writer.writeUint32(parent).writeSized(options.parentAuth ?? emptyAuth);
        writer.writeBytes(sensitive).writeBytes(encodePublic(template));
      });
    } finally {
      sensitive.fill(0);
    }
    const output = await this.#transport.callEsys('create', 'TPM2_Create', input, options);
    const reader = new ByteReader(output);
    return {
      private: reader.readSized(),
      public: reader.readSizedStructure('a TPM2B_PUBLIC', readPublicArea),
    };
  }

  /** As Tpm.sign; the authorization value of the key never leaves this process, only an HMAC with it. */
  async sign(
    key: number,
    digest: Uint8Array,
    options: Limits & { auth?: Uint8Array; scheme?: AsymmetricScheme | null } = {},
  ): Promise<Signature> {
    const { auth = emptyAuth, scheme = ecdsaSha256 } = options;
    const input = this.#input((writer) => {
      writer.writeUint32(key).writeSized(auth).writeSized(digest);
      writeAsymmetricScheme(writer, scheme);
    });
    const output = await this.#transport.callEsys('sign', 'TPM2_Sign', input, options);
    return readSignature(new ByteReader(output));
  }

  /** May be called twice. */
  end(): Promise<void> {
    this.#ended ??= end(this.#transport, this.#number);
    return this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #input(encode: Parameters<typeof encodeBytes>[0]): Uint8Array {
    if (this.#ended !== undefined) throw new TpmClosedError('the session has been ended');
    return encodeBytes((writer) => {
      writer.writeUint32(this.#number);
      encode(writer);
    });
  }
}

async function end(transport: EsysTransport, number: number): Promise<void> {
  const input = encodeBytes((writer) => writer.writeUint32(number));
  await transport.callEsys('endSession', 'TPM2_FlushContext', input, { isCleanup: true });
}
