/** Node's system errors, reduced to the errno and the words of other programs. */
import { getSystemErrorMap } from 'node:util';

export interface SystemErrno {
  /** Symbolic, such as `ENOENT`; `EUNKNOWN` for what is not a system error. */
  code: string;
  /** Such as `no such file or directory`. */
  text: string;
}

export function systemErrno(error: unknown): SystemErrno {
  if (error instanceof Error && 'code' in error && 'errno' in error) {
    const { code, errno } = error;
    if (typeof code === 'string' && typeof errno === 'number') {
      return { code, text: getSystemErrorMap().get(errno)?.[1] ?? code };
    }
  }
  return { code: 'EUNKNOWN', text: error instanceof Error ? error.message : String(error) };
}
