/** Which TLS library carries the tunnel: the one of the configuration, if this machine has it. */
import { requireNativeTls, TlsAddonError } from 'tls-stream';
import type { Logger } from '../../platform/log.ts';
import type { TlsLibrary } from '../../tunnel/tunnel-state.ts';
import type { NodeTls } from './handshake.ts';
import { NativeTls, type TlsClient } from './handshake.ts';

export interface TlsChoiceOptions {
  readonly node: NodeTls;
  readonly log: Pick<Logger, 'warning'>;
  /** Throws a TlsAddonError where the addon cannot be used. */
  readonly requireNative?: () => void;
}

export class TlsChoice {
  readonly #options: TlsChoiceOptions;
  /** Asked once, and not before it is needed: the addon does not come while the service runs. */
  #native: TlsClient | undefined;

  constructor(options: TlsChoiceOptions) {
    this.#options = options;
  }

  clientFor(wanted: TlsLibrary): TlsClient {
    if (wanted === 'node') return this.#options.node;
    this.#native ??= this.#nativeOrNode();
    return this.#native;
  }

  #nativeOrNode(): TlsClient {
    const { node, log, requireNative = requireNativeTls } = this.#options;
    try {
      requireNative();
      return new NativeTls(node);
    } catch (error) {
      if (!(error instanceof TlsAddonError)) throw error;
      log.warning(
        'native-tls-missing',
        `remote.tls = "native" is not possible, and Node.js encrypts the tunnel: ${error.message}`,
      );
      return node;
    }
  }
}
