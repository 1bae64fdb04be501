/** Asks a status socket: bounded in time and size, and checked before it is used. */
import { EnvironmentError } from '../core/errors.ts';
import { seconds } from '../core/time.ts';
import { systemErrno } from '../platform/system-errno.ts';
import { readAnswer } from '../platform/socket-answer.ts';
import { statusSchema, type StatusDocument } from './status-document.ts';

const deadline = seconds(2);

/** Rejects with an EnvironmentError that says whether the service runs at all. */
export async function readStatus(path: string): Promise<StatusDocument> {
  const text = await readAnswer({ path, deadline }).catch((error: unknown) => {
    throw asUnusable(path, error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unusable(path, 'sends something other than a status', 'EPROTO', cause);
  }
  if (!isStatus(value)) throw unusable(path, `has no status of schema ${statusSchema}`, 'EPROTO');
  return value;
}

function asUnusable(path: string, error: unknown): EnvironmentError {
  if (error instanceof EnvironmentError) return error;
  const { code, text } = systemErrno(error);
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return unusable(path, 'no answer; the tunnel service is not running', code, error);
    case 'EACCES':
      return unusable(path, "only root and the service's group may ask", code, error);
    default:
      return unusable(path, text, code, error);
  }
}

function unusable(path: string, problem: string, errno: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError(`${path}: ${problem}`, { errno, syscall: 'status', cause });
}

/** What every reader of ours relies on; the rest is what the service of the same version writes. */
function isStatus(value: unknown): value is StatusDocument {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schema' in value &&
    value.schema === statusSchema &&
    'state' in value &&
    typeof value.state === 'string' &&
    'link' in value &&
    typeof value.link === 'object' &&
    'remote' in value &&
    typeof value.remote === 'object'
  );
}
