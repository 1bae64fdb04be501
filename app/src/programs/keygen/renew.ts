/**
 * A new certificate for the key and the address that are there. The ENF keeps the public key of an address and no
 * certificate, so it need not be asked; a running tunnel takes the new certificate up with its next connection.
 */
import { EnvironmentError } from '../../core/errors.ts';
import { loadOwnPair, publicKeyOf, type OwnPair } from '../../identity/own-pair.ts';
import { replaceFile } from '../../platform/atomic-file.ts';
import { withFileLock } from '../../platform/file-lock.ts';
import type { RenewRequest } from './command-line.ts';
import { confirm, step, summary, type KeygenContext, type Result } from './context.ts';
import { isP256, selfSigned, validityFrom } from '../../identity/self-signed.ts';
import {
  fileModes,
  pendingFile,
  readPending,
  type IdentityPlace,
} from '../../identity/pending-pair.ts';
import { lockPatience, placeOfIdentity, type PlannedPlace } from './plan.ts';
import { requireAnswers } from './require-answers.ts';
import { existingKey } from '../../identity/signing-key.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Undefined after a dry run. Rejects with the errors of core/errors.ts. */
export async function renew(
  request: RenewRequest,
  context: KeygenContext,
): Promise<Result | undefined> {
  const warn = (message: string): void => context.stderr(`warning: ${message}\n`);
  const place = await placeOfIdentity(request, { ...context, warn });
  requireAnswers(request, context);
  return withFileLock(place.keyFile, () => renewAt(place, request, context), lockPatience);
}

async function renewAt(
  place: PlannedPlace,
  request: RenewRequest,
  context: KeygenContext,
): Promise<Result | undefined> {
  requireNothingPending(place);
  const { certFile, keyFile } = place;
  const pair = await loadOwnPair(certFile, keyFile);
  requireOurs(pair, certFile);
  const { addressText: address, fields } = pair;
  const now = context.date();
  const end = fields.notAfter.toISOString().slice(0, 10);
  if (isYoung(fields.notAfter, now, request.withinDays)) {
    context.stderr(
      `The certificate of ${address} is valid until ${end}; there is nothing to renew yet.\n`,
    );
    return { address, certFile, keyFile, notAfter: fields.notAfter, isRenewed: false };
  }
  const validity = validityFrom(now, request.days);
  requireLater(pair, certFile, validity, now);
  context.stderr(
    summary('ENFTUN RENEW', [
      ['IP Address', address],
      ['Cert target file', certFile],
      ['Valid until', end],
      ['Days from now', String(request.days)],
    ]),
  );
  if (request.isDryRun) return undefined;
  if (!request.isConfirmed) await confirm(context);
  const key = existingKey(pair.key, keyFile, place.settings);
  const content = await selfSigned(fields.commonName!, key, validity);
  await step(context, 'Saving the certificate', () =>
    replaceFile(certFile, { content, ...fileModes(place).cert }, 'the user of this command'),
  );
  return { address, certFile, keyFile, notAfter: validity.notAfter, isRenewed: true };
}

function isYoung(notAfter: Date, now: Date, withinDays: number | undefined): boolean {
  return withinDays !== undefined && notAfter.getTime() - now.getTime() > withinDays * dayMs;
}

/** A certificate that ends sooner than the present one is a mistake, of the clock or of the command. */
function requireLater(
  { fields }: OwnPair,
  certFile: string,
  validity: { readonly notAfter: Date },
  now: Date,
): void {
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  const problem =
    now < fields.notBefore
      ? `begins on ${day(fields.notBefore)}, which is in the future; set the clock of this machine`
      : validity.notAfter.getTime() + dayMs < fields.notAfter.getTime()
        ? `is valid until ${day(fields.notAfter)}, longer than a new one would be; give more --days`
        : undefined;
  if (problem === undefined) return;
  throw new EnvironmentError(`${certFile}: ${problem}`, { errno: 'ERANGE', syscall: 'renew' });
}

function requireNothingPending(place: IdentityPlace): void {
  const pending = readPending(place);
  if (pending === undefined) return;
  const problem = `an interrupted run has left the identity of ${pending.addressText} in ${pendingFile(place)}`;
  throw new EnvironmentError(`${problem}; finish it with enftun keygen ${pending.addressText}`, {
    errno: 'EPENDING',
    syscall: 'write',
  });
}

/** Only what signed itself can be made again here. */
function requireOurs({ certificate, key }: OwnPair, certFile: string): void {
  const publicKey = publicKeyOf(key);
  const isSelfSigned = certificate.issuer === certificate.subject && certificate.verify(publicKey);
  const problem = !isSelfSigned
    ? 'was issued by an authority; have that one issue a new certificate'
    : !isP256(publicKey)
      ? 'is not for a key on P-256; make a new identity with enftun keygen --replace'
      : undefined;
  if (problem === undefined) return;
  throw new EnvironmentError(`${certFile}: ${problem}`, { errno: 'EFORMAT', syscall: 'renew' });
}
