/**
 * The compiled addon: TLS_STREAM_ADDON if set, else `tls-stream.node` beside the running file (a bundle), else the
 * package's own build folder. It takes OpenSSL's functions from the running Node.js; where that does not offer them,
 * the addon cannot be loaded.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { TlsAddonError } from './errors.ts';

/** Owned by JavaScript; sessions keep what they need of it. */
export interface NativeContext {
  readonly option?: undefined;
}

/** `option` is empty when there was no memory. */
export interface NativeContextFailure {
  readonly option: string;
  readonly code: string;
}

/** Owned by JavaScript; contexts keep what they need of it. */
export interface NativeKey {
  readonly stage?: undefined;
  close(): void;
}

export interface NativeKeyFailure {
  readonly stage: string;
  readonly code: string;
}

export const sessionEvent = { secure: 1, readable: 2, writable: 4, ended: 8, drained: 16 } as const;

export const endKind = {
  none: 0,
  closeNotify: 1,
  cut: 2,
  failure: 3,
  untrusted: 4,
  keysExhausted: 5,
} as const;

export interface NativeResult {
  readonly protocol: string;
  readonly cipher: string;
  readonly chain: readonly Uint8Array[];
  readonly pin?: Uint8Array;
  /** Seconds since 1970; 0: nothing was forgiven. */
  readonly begins: number;
  /** One of `endKind`. */
  readonly end: number;
  /** Empty: look at `errno`. */
  readonly code: string;
  readonly errno: number;
  readonly verifyError: number;
  /** The same in OpenSSL's words. */
  readonly verifyText: string;
  readonly depth: number;
}

/** Every method does nothing after `close`; undefined is returned then. */
export interface NativeSession {
  /** The bytes moved, n; -n-1 once the session has ended. */
  read(buffer: Uint8Array, offset: number, end: number): number | undefined;
  write(buffer: Uint8Array, offset: number, end: number): number | undefined;
  setReading(isReading: boolean): void;
  /** As for bytes: 1 if the keys were changed. */
  updateKeys(): number | undefined;
  finish(): void;
  result(): NativeResult | undefined;
  /** Seven doubles: see `TlsCounters`. */
  counters(into: Uint8Array): void;
  /** Bytes; -1 where the kernel does not count them. */
  acknowledged(): number | undefined;
  close(): void;
}

/** Of the addon's surface, with which this file and native/addon.cc change together. */
const interfaceVersion = 3;

export interface TlsAddon {
  readonly interfaceVersion: number;
  createContext(
    roots: Uint8Array,
    certificate: Uint8Array,
    key: Uint8Array | NativeKey,
    ciphers: string,
    cipherSuites: string,
    groups: string,
    signatureAlgorithms: string,
    minVersion: number,
    maxVersion: number,
  ): NativeContext | NativeContextFailure;
  closeContext(context: NativeContext): void;
  /** `environment`: names and values in turn, each with a zero byte behind it. Works on a thread of libuv's pool. */
  openProviderKey(
    provider: string,
    pem: Uint8Array,
    passphrase: Uint8Array,
    environment: Uint8Array,
    onDone: (result: NativeKey | NativeKeyFailure) => void,
  ): void;
  /** `pins`: 32 bytes each. `onEvent` gets a sum of `sessionEvent`. Or an errno. */
  openSession(
    context: NativeContext,
    fd: number,
    serverName: string,
    pins: Uint8Array,
    acceptsNotYetValid: boolean,
    keyRecords: number,
    keySeconds: number,
    onEvent: (events: number) => void,
  ): NativeSession | number;
}

let loaded: TlsAddon | undefined;

/** Throws TlsAddonError where native TLS cannot be used. */
export function addon(): TlsAddon {
  loaded ??= loadAddon(process.env.TLS_STREAM_ADDON);
  return loaded;
}

/** `override`: the file to load, instead of the usual places. */
export function loadAddon(override: string | undefined): TlsAddon {
  const target = `linux-${process.arch}`;
  const candidates = override
    ? [override]
    : ['./tls-stream.node', `../build/${target}/tls-stream.node`].map((relative) =>
        fileURLToPath(new URL(relative, import.meta.url)),
      );
  const file = candidates.find((candidate) => existsSync(candidate));
  const hint = `build it with "make -C app/packages/tls-stream TARGET=${target}"`;
  if (file === undefined) {
    throw new TlsAddonError(`no addon at ${candidates.join(' or ')}; ${hint}`, 'MISSING');
  }
  let found: TlsAddon;
  try {
    found = createRequire(import.meta.url)(file) as TlsAddon;
  } catch (cause) {
    if (/undefined symbol/.test(String(cause))) {
      const problem = `${file} needs OpenSSL, which this Node.js does not offer to addons`;
      throw new TlsAddonError(problem, 'UNSUPPORTED', cause);
    }
    throw new TlsAddonError(`cannot load ${file}; ${hint}`, 'UNUSABLE', cause);
  }
  if (found.interfaceVersion === interfaceVersion) return found;
  throw new TlsAddonError(`${file} belongs to another version; ${hint}`, 'UNUSABLE');
}
