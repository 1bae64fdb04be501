/** Carries out one enf-pki request and returns the exit status. */
import { ConfigError, EnvironmentError, ParseError } from '../../core/errors.ts';
import { createAuthority, loadAuthority, selfSignClient } from './authority.ts';
import type { Authority, Credential } from './authority.ts';
import { parseCommandLine } from './command-line.ts';
import type { Request } from './command-line.ts';
import { credentialFiles, readBytes, storeCredential } from './credential-store.ts';
import { describeCertificates, formatDescription } from './description.ts';
import { usage } from './usage.ts';

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

type IssueRequest = Extract<Request, { out: string }>;

export const exitStatus = { done: 0, environment: 1, usage: 2, content: 78 } as const;

export async function runPki(argv: readonly string[], output: Output): Promise<number> {
  const request = parseCommandLine(argv);
  try {
    switch (request.kind) {
      case 'help':
        output.out(usage(request.command));
        return exitStatus.done;
      case 'wrong': {
        const command = request.command === undefined ? '' : ` ${request.command}`;
        output.err(`enf-pki: ${request.problem}\ntry: enf-pki${command} --help\n`);
        return exitStatus.usage;
      }
      case 'show':
        output.out(await show(request.files, request.json));
        return exitStatus.done;
      case 'ca':
      case 'server':
      case 'client':
        output.out(await issueAndStore(request));
        return exitStatus.done;
    }
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || !(error instanceof Error)) throw error;
    output.err(`enf-pki: ${error.message}\n`);
    return status;
  }
}

/** Undefined for a bug of ours. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof EnvironmentError) return exitStatus.environment;
  if (error instanceof ConfigError) return exitStatus.content;
  // From an address, name or date of the command line: files have errors of their own.
  if (error instanceof ParseError) return exitStatus.usage;
  return undefined;
}

async function issueAndStore(request: IssueRequest): Promise<string> {
  const credential = await issue(request);
  const stored = await storeCredential(credential, {
    folder: request.out,
    name: request.basename,
    replace: request.force,
  });
  const [description] = describeCertificates(Buffer.from(credential.cert), stored.certFile);
  if (request.json) return json({ cert: stored.certFile, key: stored.keyFile, ...description });
  const address = description?.address === undefined ? '' : ` for ${description.address}`;
  return `${stored.certFile}: certificate${address}\n${stored.keyFile}: private key, keep it secret\n`;
}

async function issue(request: IssueRequest): Promise<Credential> {
  switch (request.kind) {
    case 'ca':
      return createAuthority(request);
    case 'server':
      return (await openAuthority(request.ca)).issueServer(request);
    case 'client':
      if (request.ca === undefined) return selfSignClient(request.address, request);
      return (await openAuthority(request.ca)).issueClient(request.address, request);
  }
}

async function openAuthority(folder: string): Promise<Authority> {
  const { certFile, keyFile } = credentialFiles(folder, 'ca');
  const cert = (await readBytes(certFile)).toString();
  const key = (await readBytes(keyFile)).toString();
  return loadAuthority({ cert, certFile, key, keyFile });
}

async function show(files: readonly string[], asJson: boolean): Promise<string> {
  const found = [];
  for (const file of files) {
    for (const description of describeCertificates(await readBytes(file), file)) {
      found.push({ file, ...description });
    }
  }
  if (asJson) return json(found);
  return found.map((entry) => `file     ${entry.file}\n${formatDescription(entry)}`).join('\n');
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
