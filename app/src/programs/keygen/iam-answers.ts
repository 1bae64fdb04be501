/**
 * Reads what the ENF's identity service answers. Only the fields that are used are looked at. An answer is a stranger's
 * text until it has been read: what is shown of it is short and printable, and what goes on into a header or a
 * certificate is checked here.
 */
import { clip } from '../../core/bounded-text.ts';
import { addressOfName } from '../../identity/certificate-name.ts';

export interface Login {
  /** For the header Authorization. */
  readonly token: string;
  /** The network of the account; undefined if the answer has none. */
  readonly network: string | undefined;
}

export interface Endpoint {
  /** Exactly as the server wrote it: it becomes the name in the certificate. */
  readonly name: string;
  readonly address: Uint8Array;
  readonly addressText: string;
}

export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  /** `problem` reads on after "its answer". */
  | { readonly ok: false; readonly problem: string };

const maxToken = 4096;
const maxNetwork = 64;
const maxReason = 200;

export function readLogin(body: Uint8Array): Read<Login> {
  const json = parse(body);
  if (json === undefined) return refuse('is not JSON');
  const account = first(field(json, 'data'));
  const token = field(account, 'token');
  // Characters of a bearer token (RFC 6750 section 2.1): it goes into a header.
  if (typeof token !== 'string' || token.length > maxToken || !/^[\w.~+/-]+=*$/.test(token)) {
    return refuse('has no usable token');
  }
  const network = field(account, 'domain_network');
  const isText = typeof network === 'string' && network.length <= maxNetwork && network !== '';
  return { ok: true, value: { token, network: isText ? network : undefined } };
}

/** `point`: the public key that was to be registered. */
export function readEndpoint(body: Uint8Array, point: Uint8Array): Read<Endpoint> {
  const json = parse(body);
  if (json === undefined) return refuse('is not JSON');
  const name = field(json, 'address');
  if (typeof name !== 'string') return refuse('has no address');
  const address = addressOfName(name);
  if (!address.ok)
    return refuse(`has an address that cannot be used: ${printable(address.problem)}`);
  const key = Buffer.from(point).toString('hex');
  const isOurs = list(field(field(json, 'active_credentials'), 'body')).some((credential) => {
    const text = field(credential, 'key');
    return (
      field(credential, 'type') === 'ecdsa_p256' &&
      typeof text === 'string' &&
      text.toLowerCase() === key
    );
  });
  if (!isOurs) return refuse('does not list the key that was sent');
  return { ok: true, value: { name, address: address.address, addressText: address.text } };
}

/**
 * The explanation in the body of a refusal; undefined for HTML and whatever else is not the JSON of this service. One
 * that repeats a secret is left out.
 */
export function readReason(body: Uint8Array, secrets: readonly Uint8Array[]): string | undefined {
  const reason = field(parse(body), 'reason');
  if (typeof reason !== 'string' || reason === '') return undefined;
  const bytes = Buffer.from(reason);
  if (secrets.some((secret) => secret.length > 0 && bytes.includes(Buffer.from(secret))))
    return undefined;
  return printable(reason);
}

/** One line without control characters, and not a long one. */
export function printable(text: string): string {
  return clip(text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' '), maxReason);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** An own field of an object; undefined for everything else. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function first(value: unknown): unknown {
  return list(value)[0];
}

function refuse(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
