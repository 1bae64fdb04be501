/** Reads the command line of `enf-pki`. No file is touched here. */
import type { Validity } from '../../identity/certificate-validity.ts';
import type { GivenOptions } from '../../platform/command-line/given-options.ts';
import {
  readCommandLine,
  type StandardRequest,
} from '../../platform/command-line/read-command-line.ts';
import { UsageError } from '../../platform/command-line/usage-error.ts';
import { table } from './command-table.ts';

interface IssueRequest {
  readonly out: string;
  readonly basename: string;
  readonly force: boolean;
  readonly json: boolean;
  readonly validity: Validity;
}

export type MemberPlace =
  { readonly folder: string } | { readonly tcti: string; readonly isLockable: boolean };

export type Request =
  | ({ readonly command: 'ca'; readonly name: string | undefined } & IssueRequest)
  | ({
      readonly command: 'server';
      readonly ca: string;
      readonly name: string;
      readonly alternativeNames: readonly string[];
    } & IssueRequest)
  | ({
      readonly command: 'client';
      /** Folder of the authority; undefined: self-signed. */
      readonly ca: string | undefined;
      readonly address: string;
      readonly nameFormat: 'hex' | 'colons';
    } & IssueRequest)
  | { readonly command: 'group'; readonly out: string; readonly name: string }
  | {
      readonly command: 'member';
      readonly group: string;
      readonly roots: string;
      readonly place: MemberPlace;
    }
  | { readonly command: 'show'; readonly files: readonly string[]; readonly json: boolean };

type Options<Command extends 'ca' | 'server' | 'client'> = GivenOptions<
  Extract<keyof (typeof table)['commands'][Command]['options'], string>
>;

/** `argv` without the program's own name. */
export function parseCommandLine(argv: readonly string[]): Request | StandardRequest {
  return readCommandLine<typeof table, Request>(
    table,
    {
      ca: (given) => ({ command: 'ca', name: given.text('name'), ...issue('ca', given) }),
      server: (given) => ({
        command: 'server',
        ca: given.required('ca'),
        name: given.required('name'),
        alternativeNames: given.list('san'),
        ...issue('server', given),
      }),
      client,
      group: (given) => ({
        command: 'group',
        out: given.required('out'),
        name: groupName(given.text('name') ?? 'xaprcnet'),
      }),
      member: (given) => ({
        command: 'member',
        group: given.required('group'),
        roots: given.required('roots'),
        place: memberPlace(given.text('out'), given.text('tcti'), given.has('lockable')),
      }),
      show: (given) => ({ command: 'show', files: given.operands, json: given.has('json') }),
    },
    argv,
  );
}

function groupName(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= 64) return name;
  throw new UsageError(`--name is a basename of 1 to 64 bytes, not one of ${bytes}`);
}

function memberPlace(
  folder: string | undefined,
  tcti: string | undefined,
  isLockable: boolean,
): MemberPlace {
  if (folder !== undefined && tcti === undefined && !isLockable) return { folder };
  if (tcti !== undefined && folder === undefined) return { tcti, isLockable };
  throw new UsageError('give either --out DIR, or --tcti TCTI, to which --lockable belongs');
}

function client(given: Options<'client'>): Request {
  const ca = given.text('ca');
  if ((ca !== undefined) === given.has('self-signed')) {
    throw new UsageError('give either --ca DIR or --self-signed');
  }
  return {
    command: 'client',
    ca,
    address: given.required('address'),
    nameFormat: given.oneOf('format', ['hex', 'colons']) ?? 'hex',
    ...issue('client', given),
  };
}

function issue(
  command: 'ca' | 'server' | 'client',
  given: GivenOptions<'out' | 'basename' | 'force' | 'not-before' | 'not-after' | 'json'>,
): IssueRequest {
  return {
    out: given.required('out'),
    basename: basename(given.text('basename') ?? command),
    force: given.has('force'),
    json: given.has('json'),
    validity: {
      notBefore: date('not-before', given.text('not-before')),
      notAfter: date('not-after', given.text('not-after')),
    },
  };
}

function basename(text: string): string {
  if (text.includes('/') || text.startsWith('.')) {
    throw new UsageError(`--basename is a plain file name, not "${text}"`);
  }
  return text;
}

function date(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const date = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new UsageError(
    `--${name} is a date such as 2026-01-31 or 2026-01-31T12:00:00Z, not "${text}"`,
  );
}
