/**
 * A private key that a provider of OpenSSL has, in a TPM for example. The provider is loaded with the key, into a
 * library of its own within OpenSSL: Node.js needs no configuration of OpenSSL when it starts, the device may be
 * missing until then, and nothing else in the process uses the provider.
 *
 * Opening takes the time of the device and happens on another thread. A signature happens in the thread that makes the
 * handshake, which stands still for it.
 */
import { TlsKeyError } from './errors.ts';
import { addon, type NativeKey } from './native.ts';

export interface ProviderKeyOptions {
  /** The name of the provider, under which OpenSSL finds its module: `"tpm2"`. */
  readonly provider: string;
  readonly pem: string;
  /** For a key that has one. */
  readonly passphrase?: string;
  /** What the provider reads from the environment: set while the key is opened, and then as it was. */
  readonly environment?: Readonly<Record<string, string>>;
}

const problems: Readonly<Record<TlsKeyError['stage'], string>> = {
  provider: 'cannot be loaded',
  key: 'does not load the key',
  signature: 'does not sign with the key',
};

export class ProviderKey {
  /** For this package. */
  readonly native: NativeKey;

  private constructor(native: NativeKey) {
    this.native = native;
  }

  /**
   * The key, after one signature that it has made. Rejects with a TlsKeyError, or a TlsAddonError where the addon
   * cannot be used. Keep one per key: each takes a place in the device.
   */
  static open(options: ProviderKeyOptions): Promise<ProviderKey> {
    const { provider, pem, passphrase = '', environment = {} } = options;
    const variables = Object.entries(environment).map(([name, value]) => `${name}\0${value}\0`);
    return new Promise((resolve, reject) => {
      const [text, secret] = [Buffer.from(variables.join('')), Buffer.from(passphrase)];
      addon().openProviderKey(provider, Buffer.from(pem), secret, text, (result) => {
        if (result.stage === undefined) return resolve(new ProviderKey(result));
        const stage = result.stage as TlsKeyError['stage'];
        reject(new TlsKeyError(stage, `the provider ${provider} ${problems[stage]}`, result.code));
      });
      secret.fill(0);
      text.fill(0);
    });
  }

  /** For no more contexts. The provider lets go of the device when the last context of the key is closed as well. */
  close(): void {
    this.native.close();
  }
}
