/**
 * Records that a server of TLS 1.3 did not send, as if it had: many key updates in one burst, which no program sends.
 * Protects them with the server's secret, of which OpenSSL keeps a log (RFC 8446 sections 5.2 and 7).
 */
import { createCipheriv, createHmac } from 'node:crypto';

/** The one suite that is spoken here: SHA-256, 16 bytes of key. */
export const suite = 'TLS_AES_128_GCM_SHA256';

const contentType = { handshake: 22, applicationData: 23 } as const;
const keyUpdate = 24;

export class ServerRecords {
  #secret: Buffer;
  #sequence = 0;

  /** `log`: lines in the format of NSS key logs. The server has sent nothing after its handshake yet. */
  constructor(log: string) {
    const [, secret] = /^SERVER_TRAFFIC_SECRET_0 [0-9a-f]+ ([0-9a-f]+)$/im.exec(log)!;
    this.#secret = Buffer.from(secret!, 'hex');
  }

  /** A change of the server's keys, by default with a request to change ours. */
  keyUpdate(isRequest = true): Buffer {
    const message = Buffer.of(keyUpdate, 0, 0, 1, isRequest ? 1 : 0);
    const record = this.#protect(message, contentType.handshake);
    this.#secret = this.#expand('traffic upd', 32);
    this.#sequence = 0;
    return record;
  }

  data(bytes: Buffer): Buffer {
    return this.#protect(bytes, contentType.applicationData);
  }

  #protect(content: Buffer, type: number): Buffer {
    const length = content.length + 17;
    const header = Buffer.of(contentType.applicationData, 3, 3, length >> 8, length & 0xff);
    const nonce = this.#expand('iv', 12);
    // Enough for 2^16 records with one key.
    nonce.writeUInt16BE(nonce.readUInt16BE(10) ^ this.#sequence++, 10);
    const cipher = createCipheriv('aes-128-gcm', this.#expand('key', 16), nonce).setAAD(header);
    const body = [cipher.update(content), cipher.update(Buffer.of(type)), cipher.final()];
    return Buffer.concat([header, ...body, cipher.getAuthTag()]);
  }

  /** HKDF-Expand-Label without a context; one block is enough. */
  #expand(label: string, length: number): Buffer {
    const name = Buffer.from(`tls13 ${label}`);
    const info = Buffer.concat([Buffer.of(0, length, name.length), name, Buffer.of(0, 1)]);
    return createHmac('sha256', this.#secret).update(info).digest().subarray(0, length);
  }
}
