/**
 * Why a server's certificate was refused: which certificate it is about, by the code of the TLS library and by its
 * place in the chain. A chain that does not lead to a root of ours is another matter than one that does: the first may
 * be anybody on the way, the second is the network's own, with a mistake that its operator must repair.
 */
import type { X509Certificate } from 'node:crypto';
import { chainFrom, readRoots, validityOf } from './certificate-chain.ts';
import { UplinkError } from './uplink-error.ts';

/** The facts to judge; those that are unknown are undefined. */
export interface Evidence {
  readonly leaf: X509Certificate | undefined;
  /** What else the server sent, where the library does not join it to the leaf. */
  readonly shown?: readonly X509Certificate[];
  /** PEM. */
  readonly roots: string;
  /** The time of day by the clock of this machine. */
  readonly now: Date;
  /** The error of the library. */
  readonly cause?: unknown;
  /** Its words, which are shown where we have none; absent: those of the error. */
  readonly reason?: string;
}

const captivePortal =
  "the server's certificate does not lead to a root in remote.ca_cert_file; " +
  'something on the path may be answering in its place, for example a captive portal';
const contactOperator = 'contact the operator of the server';

/** The server's certificate was refused, with this code of the verification. */
export function distrustOf(code: string, evidence: Evidence): UplinkError {
  const words = wordsFor(code, evidence);
  const details = { errno: code, syscall: 'TLS handshake', cause: evidence.cause };
  return new UplinkError('server-untrusted', `${words} (${code})`, details);
}

function wordsFor(code: string, evidence: Evidence): string {
  const { leaf, shown, roots, now, cause, reason } = evidence;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return "the server's certificate is for another name than remote.server_name";
  }
  const chain = leaf && chainFrom(leaf, readRoots(roots), shown);
  if (chain?.endsAtRoot !== true) return captivePortal;
  const { certificates } = chain;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return outOfTime(certificates, now);
    case 'INVALID_PURPOSE':
      return `the server's certificate is not valid for TLS servers (its key usage); ${contactOperator}`;
    default:
      return (
        "the server's certificate is issued below a root in remote.ca_cert_file, but cannot be used: " +
        `${reason ?? libraryWords(cause)}; ${contactOperator}`
      );
  }
}

/** The first certificate of the chain that has expired or is not yet valid. */
function outOfTime(chain: readonly X509Certificate[], now: Date): string {
  for (const [place, certificate] of chain.entries()) {
    const { begins, ends } = validityOf(certificate);
    const problem =
      ends !== undefined && ends < now
        ? `has expired on ${day(ends)}`
        : begins !== undefined && begins > now
          ? `is not valid yet, but from ${day(begins)} on`
          : undefined;
    if (problem === undefined) continue;
    const [which, step] = ownerOf(certificate, place, chain.length);
    return `${which} ${problem}; if this machine's clock is right, ${step}`;
  }
  return `a certificate of the server is out of date; ${contactOperator}`;
}

/** Which one it is, and who can do something about it. */
function ownerOf(
  certificate: X509Certificate,
  place: number,
  length: number,
): [which: string, step: string] {
  if (place === 0) return ["the server's certificate", contactOperator];
  // Undefined in Node.js 20 for a subject without a part, whatever its types say.
  const subject = (certificate.subject as string | undefined) ?? '';
  const name = JSON.stringify(bounded(subject.replaceAll('\n', ', ')));
  if (place < length - 1) return [`the certificate ${name} above the server's`, contactOperator];
  return [`the root ${name} in remote.ca_cert_file`, "put the network's current root there"];
}

/** Fixed texts of the library for its codes; only those without a name of their own get here. */
function libraryWords(cause: unknown): string {
  return cause instanceof Error ? bounded(cause.message) : 'the TLS library gives no reason';
}

const maxText = 100;

function bounded(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}...` : text;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
