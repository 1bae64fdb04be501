/**
 * A new identity: what can be checked on this machine is checked before a password is asked for, the key stays in
 * memory until the ENF has accepted it, and if what the ENF has accepted is lost, the person learns of it.
 */
import { X509Certificate } from 'node:crypto';
import { clip } from '../../core/bounded-text.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { loadOwnPair } from '../../identity/own-pair.ts';
import { UsageError } from '../../platform/command-line/usage-error.ts';
import { publicPoint } from '../../identity/certificate-writer.ts';
import {
  covers,
  describeRequest,
  parseNamedRequest,
  type NamedRequest,
} from './address-request.ts';
import { CallError } from './call-error.ts';
import { userOf, type RegisterRequest } from './command-line.ts';
import { ask, confirm, step, summary, type KeygenContext, type Result } from './context.ts';
import { printable, type Endpoint, type Login } from './iam-answers.ts';
import { IamClient } from './iam-client.ts';
import { selfSigned, validityFrom } from '../../identity/self-signed.ts';
import { readPassword } from './password-source.ts';
import {
  installPending,
  keepPending,
  pendingFile,
  readPending,
  type IdentityPlace,
  type PendingIdentity,
} from '../../identity/pending-pair.ts';
import { withFileLock } from '../../platform/file-lock.ts';
import {
  describeExisting,
  lockPatience,
  placeOfIdentity,
  rehearse,
  type PlannedPlace,
} from './plan.ts';
import { newKey, type NewKey } from '../../identity/signing-key.ts';
import { requireAnswers } from './require-answers.ts';
import { trustedRoots } from './trust-store.ts';

/** Undefined after a dry run. Rejects with the errors of core/errors.ts, and with UsageError. */
export async function register(
  request: RegisterRequest,
  context: KeygenContext,
): Promise<Result | undefined> {
  const warn = (message: string): void => context.stderr(`warning: ${message}\n`);
  const place = await placeOfIdentity(request, { ...context, warn });
  requireAnswers(request, context);
  return withFileLock(place.keyFile, () => registerAt(place, request, context), lockPatience);
}

async function registerAt(
  place: PlannedPlace,
  request: RegisterRequest,
  context: KeygenContext,
): Promise<Result | undefined> {
  if (readPending(place) !== undefined) return finish(request, place, context);
  await requireFree(request, place);
  await rehearse(place);
  const ca = await trustedRoots({ file: request.iamCa, environment: context.environment });
  const user = request.user ?? (await askUser(request, context));
  context.stderr(planned(request, place, user));
  if (request.isDryRun) return undefined;
  if (!request.isConfirmed) await confirm(context);

  const { iamUrl: base } = request;
  const client = new IamClient({ ...context, base, ca });
  const login = await logIn(client, user, request, context);
  const wanted = request.address.kind === 'auto' ? ownNetwork(login) : request.address;
  // A person has had time to do something else meanwhile.
  await requireFree(request, place);
  const key = await newKey(place.keyFile, place.tpm);
  const endpoint = await step(context, 'Requesting IP address', () =>
    registered(client, login, user, wanted, key),
  );
  return install(endpoint, key, request, place, context);
}

function planned(request: RegisterRequest, place: PlannedPlace, user: string): string {
  return summary('ENFTUN KEYGEN', [
    ['Login Email', user],
    ['IP Network', describeRequest(request.address)],
    ['Identity Service', request.iamUrl.href],
    ['Enftun Config', request.configFile],
    ['Cert target file', place.certFile],
    ['Key target file', place.keyFile],
    ['Key made in', place.tpm === undefined ? 'this file' : `the TPM at ${place.tpm.tcti}`],
    ['Owner of the files', place.owner?.name ?? 'the user of this command'],
    ['Days', String(request.days)],
  ]);
}

/** Throws EnvironmentError if an identity is there, and it is not to be replaced. */
async function requireFree({ replaces }: RegisterRequest, place: IdentityPlace): Promise<void> {
  const existing = await describeExisting(place);
  if (existing === undefined || replaces) return;
  const advice = 'to keep the key use enftun renew, to replace it by a new one add --replace';
  throw new EnvironmentError(`${existing}; ${advice}`, { errno: 'EEXIST', syscall: 'write' });
}

const mostTries = 3;

async function askUser({ isDryRun }: RegisterRequest, context: KeygenContext): Promise<string> {
  if (isDryRun) return 'asked for';
  if (context.stdin.isTTY !== true) throw new UsageError('option -u EMAIL is missing');
  for (let tries = 1; ; tries++) {
    const answer = (await ask(context, 'Login Email: ')).trim();
    try {
      return userOf(answer)!;
    } catch (error) {
      if (!(error instanceof UsageError) || tries === mostTries) throw error;
      context.stderr('This is not an e-mail address; try again.\n');
    }
  }
}

async function logIn(
  client: IamClient,
  user: string,
  request: RegisterRequest,
  context: KeygenContext,
): Promise<Login> {
  const { stdin: input, stderr: show, signal } = context;
  const password = await readPassword(request.password, { input, show, signal });
  try {
    return await step(context, 'Logging in', () => client.login(user, password));
  } finally {
    password.fill(0);
  }
}

const shownNetwork = 64;

function ownNetwork({ network }: Login): NamedRequest {
  const found = parseNamedRequest(network ?? '');
  if (found.ok && found.request.kind === 'network') return found.request;
  const problem =
    network === undefined
      ? 'the account has no network of its own'
      : `the account's network ${JSON.stringify(clip(printable(network), shownNetwork))} is not a /64`;
  const advice = 'name an address or a network in place of auto; nothing was changed';
  throw new EnvironmentError(`${problem}; ${advice}`, { errno: 'EFORMAT', syscall: 'login' });
}

async function registered(
  client: IamClient,
  login: Login,
  user: string,
  wanted: NamedRequest,
  key: NewKey,
): Promise<Endpoint> {
  try {
    const endpoint = await client.register(login, user, wanted, publicPoint(key.publicKey));
    if (covers(wanted, endpoint.address)) return endpoint;
    const problem = `the service assigned ${endpoint.addressText}, which was not asked for`;
    throw new CallError(problem, { errno: 'EFORMAT', syscall: 'post', mayHaveArrived: true });
  } catch (error) {
    if (!(error instanceof CallError) || !error.mayHaveArrived) throw error;
    throw leftThere(`${error.message}.`, wanted, 'may be', error);
  }
}

/** The key is lost, and the ENF has it. */
function leftThere(
  problem: string,
  wanted: { readonly kind: string; readonly text: string },
  isThere: string,
  cause: unknown,
): EnvironmentError {
  const what = wanted.kind === 'network' ? `An address of ${wanted.text}` : wanted.text;
  const advice =
    wanted.kind === 'network'
      ? 'run the command again for another one, and remove that endpoint at the ENF'
      : 'run the command again: a new key takes its place';
  const message = `${problem} ${what} ${isThere} registered with a key that was not kept; ${advice}`;
  return new EnvironmentError(message, { errno: 'EPENDING', syscall: 'post', cause });
}

/** What was asked for may have been a network, and the same command would take another address of it. */
function lostKey(error: EnvironmentError, address: string): EnvironmentError {
  const problem = `${error.message}. ${address} is registered with a key that was not kept`;
  const advice = `run the command again for this address, enftun keygen ${address}: a new key takes its place`;
  return new EnvironmentError(`${problem}; ${advice}`, {
    ...{ errno: 'EPENDING', syscall: 'write', cause: error },
  });
}

async function install(
  { name, addressText: address }: Endpoint,
  key: NewKey,
  request: RegisterRequest,
  place: IdentityPlace,
  context: KeygenContext,
): Promise<Result> {
  context.stderr(`The ENF has assigned ${address}.\n`);
  const validity = validityFrom(context.date(), request.days);
  await step(context, 'Saving key and certificate', async () => {
    let identity;
    try {
      identity = { cert: await selfSigned(name, key, validity), key: key.content };
      await keepPending(place, identity);
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      throw lostKey(error, address);
    }
    await installAll(place, identity, address);
  });
  return { address, ...place, notAfter: validity.notAfter };
}

/** Not given up any more: it takes milliseconds, and half of it is worse than all of it. */
async function installAll(
  place: IdentityPlace,
  identity: { readonly cert: string; readonly key: string },
  address: string,
): Promise<void> {
  try {
    await installPending(place, identity);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    const message = `${error.message}. The identity of ${address} is kept in ${pendingFile(place)}; run the command again to finish, without a login`;
    throw new EnvironmentError(message, { errno: error.errno, syscall: 'write', cause: error });
  }
}

/** An earlier run was cut off after the ENF had accepted the key. */
async function finish(
  request: RegisterRequest,
  place: IdentityPlace,
  context: KeygenContext,
): Promise<Result | undefined> {
  const pending = readPending(place)!;
  const { addressText: address, notAfter } = pending;
  if (!covers(request.address, pending.address)) {
    const problem = `an interrupted run has left the identity of ${address} in ${pendingFile(place)}`;
    const advice = `finish it with enftun keygen ${address}, or remove that file`;
    throw new EnvironmentError(`${problem}; ${advice}`, { errno: 'EPENDING', syscall: 'write' });
  }
  if (notAfter < context.date()) {
    const problem = `the identity of ${address} that an interrupted run has left in ${pendingFile(place)} has expired`;
    throw new EnvironmentError(`${problem}; remove that file, and run the command again`, {
      errno: 'EPENDING',
      syscall: 'write',
    });
  }
  if (!request.replaces) await requireNoOther(place, pending);
  context.stderr(
    summary('ENFTUN KEYGEN, to finish an interrupted run', [
      ['IP Address', address],
      ['Cert target file', place.certFile],
      ['Key target file', place.keyFile],
      ['Owner of the files', place.owner?.name ?? 'the user of this command'],
    ]),
  );
  if (request.isDryRun) return undefined;
  if (!request.isConfirmed) await confirm(context);
  await step(context, 'Saving key and certificate', () => installAll(place, pending, address));
  return { address, ...place, notAfter };
}

/** Throws EnvironmentError if a whole identity is in place that is not the pending one; half of that is none. */
async function requireNoOther(place: IdentityPlace, pending: PendingIdentity): Promise<void> {
  const { certFile, keyFile } = place;
  const existing = await loadOwnPair(certFile, keyFile).catch((error: unknown) => {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  });
  if (existing === undefined) return;
  if (existing.certificate.raw.equals(new X509Certificate(pending.cert).raw)) return;
  const problem = `${certFile} and ${keyFile} hold the identity of ${existing.addressText}`;
  const advice = `to replace it by the one of ${pending.addressText} in ${pendingFile(place)} add --replace`;
  throw new EnvironmentError(`${problem}; ${advice}, to keep it remove that file`, {
    errno: 'EEXIST',
    syscall: 'write',
  });
}
