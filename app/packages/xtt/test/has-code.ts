/** What assert.throws and assert.rejects take to check the code of an error. */
import { XttError, type XttErrorCode } from '../src/errors.ts';

export function hasCode(code: XttErrorCode): (error: unknown) => boolean {
  return (error) => {
    if (error instanceof XttError && error.code === code) return true;
    throw error;
  };
}
