/** Carries out one `enftun keygen` request and returns the exit status. */
import { carryOut } from '../../platform/command-line/carry-out.ts';
import { UsageError } from '../../platform/command-line/usage-error.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import { parseKeygenCommandLine, type RegisterRequest, type RenewRequest } from './command-line.ts';
import { table } from './command-table.ts';
import type { KeygenContext, Result } from './context.ts';
import { register } from './register.ts';
import { renew } from './renew.ts';

/** Rejects only for a bug. */
export async function runKeygen(context: KeygenContext): Promise<number> {
  const request = parseKeygenCommandLine(context.argv);
  return carryOut(table, request, context, (wanted) => run(wanted, context));
}

async function run(
  request: RegisterRequest | RenewRequest,
  context: KeygenContext,
): Promise<number> {
  try {
    const result = await (request.command === 'renew'
      ? renew(request, context)
      : register(request, context));
    if (result !== undefined) context.stdout(request.isJson ? json(result) : text(result));
    else if (request.isDryRun) context.stderr('Nothing was changed.\n');
    return exitStatus.success;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.stderr(`${table.program}: ${error.message}\nTry "${table.program} --help".\n`);
    return exitStatus.usage;
  }
}

function text({ address, certFile, keyFile, notAfter, isRenewed }: Result): string {
  if (isRenewed === false) return '';
  const end = notAfter.toISOString().slice(0, 10);
  return `${certFile}: certificate for ${address}, valid until ${end}\n${keyFile}: private key, keep it secret\n`;
}

function json({ address, certFile, keyFile, notAfter, isRenewed }: Result): string {
  const end = notAfter.toISOString();
  const value = { address, certFile, keyFile, notAfter: end, renewed: isRenewed };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
