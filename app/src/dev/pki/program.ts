/** Carries out one enf-pki request and returns the exit status. */
import { ParseError } from '../../core/errors.ts';
import { carryOut, statusOfError } from '../../platform/command-line/carry-out.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import type { ProgramOutput } from '../../platform/program-end.ts';
import { createAuthority, loadAuthority, selfSignClient } from './authority.ts';
import type { Authority, Credential } from './authority.ts';
import { parseCommandLine } from './command-line.ts';
import type { Request } from './command-line.ts';
import { table } from './command-table.ts';
import { credentialFiles, readBytes, storeCredential } from './credential-store.ts';
import { makeGroup, makeMember } from './make-group.ts';
import { describeCertificates, formatDescription } from './description.ts';

type IssueRequest = Extract<Request, { basename: string }>;

export interface PkiContext extends ProgramOutput {
  readonly argv: readonly string[];
}

/** Rejects only for a bug. */
export function runPki(context: PkiContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  return carryOut(table, request, context, (wanted) => run(wanted, context), statusOf);
}

async function run(request: Request, { stdout }: ProgramOutput): Promise<number> {
  stdout(await outputOf(request));
  return exitStatus.success;
}

function outputOf(request: Request): Promise<string> {
  switch (request.command) {
    case 'show':
      return show(request.files, request.json);
    case 'group':
      return makeGroup(request.out, request.name);
    case 'member':
      return makeMember(request);
    case 'ca':
    case 'server':
    case 'client':
      return issueAndStore(request);
  }
}

function statusOf(error: unknown): number | undefined {
  // From an address, name or date of the command line: files have errors of their own.
  return error instanceof ParseError ? exitStatus.usage : statusOfError(error);
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
  switch (request.command) {
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
