/**
 * What a person may ask the ENF for: one address, any address of a /64, or any address of the account's own network.
 * It is checked before a password is asked for. The text itself goes to the server, whose API takes no /128.
 */
import { addressOfName } from '../../identity/certificate-name.ts';
import { parseIpv6 } from '../../wire/ipv6-address.ts';

export type AddressRequest =
  | { readonly kind: 'address'; readonly text: string }
  /** `text` ends in /64. */
  | { readonly kind: 'network'; readonly text: string }
  /** The network that the login names. */
  | { readonly kind: 'auto' };

/** An address or network that can be sent. */
export type NamedRequest = Exclude<AddressRequest, { kind: 'auto' }>;

export type RequestResult<Request = AddressRequest> =
  | { readonly ok: true; readonly request: Request }
  /** `problem` reads on after the text. */
  | { readonly ok: false; readonly problem: string };

/** The longest form: an IPv6 address and a prefix length of three digits. */
const maxLength = 43;
const forms = 'name an IPv6 address, a network such as 2607:8f80:8080:7::/64, or auto';

export function parseAddressRequest(text: string): RequestResult {
  return text === 'auto' ? { ok: true, request: { kind: 'auto' } } : parseNamedRequest(text);
}

export function parseNamedRequest(text: string): RequestResult<NamedRequest> {
  if (text.length > maxLength) return refuse(`is longer than ${maxLength} characters; ${forms}`);
  const [address = '', length, ...rest] = text.split('/');
  const bytes = parseIpv6(address);
  if (bytes === undefined || rest.length > 0) {
    return refuse(`is neither an IPv6 address nor a network; ${forms}`);
  }
  if (length === '64') return network(text, bytes);
  if (length !== undefined && length !== '128') {
    return refuse(`is not a /64; the ENF assigns addresses of a /64, or one address without "/"`);
  }
  const owned = addressOfName(address);
  if (!owned.ok) return refuse(`cannot be assigned: ${owned.problem}`);
  return { ok: true, request: { kind: 'address', text: address } };
}

/** Whether the server may answer with this address. */
export function covers(request: AddressRequest, address: Uint8Array): boolean {
  if (request.kind === 'auto') return true;
  const wanted = parseIpv6(request.text.split('/')[0]!);
  const bytes = request.kind === 'network' ? 8 : 16;
  return (
    wanted !== undefined &&
    Buffer.compare(wanted.subarray(0, bytes), address.subarray(0, bytes)) === 0
  );
}

/** For a person. */
export function describeRequest(request: AddressRequest): string {
  return request.kind === 'auto' ? "the account's own network" : request.text;
}

function network(text: string, bytes: Uint8Array): RequestResult<NamedRequest> {
  if (bytes.subarray(8).some((byte) => byte !== 0)) {
    return refuse(
      'has bits set behind its first 64; leave "/64" out for one address, or end it in "::/64"',
    );
  }
  const member = bytes.slice();
  member[15] = 1;
  const owned = addressOfName(Buffer.from(member).toString('hex'));
  if (!owned.ok) return refuse('is not a network whose addresses can be assigned');
  return { ok: true, request: { kind: 'network', text } };
}

function refuse(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
