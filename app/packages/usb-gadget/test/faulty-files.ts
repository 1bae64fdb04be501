/** Files that refuse one of the operations that change something. */
import type { GadgetFiles } from '../src/index.ts';

export type FaultyFiles = GadgetFiles & {
  /** How many changes were asked for so far. */
  readonly changes: number;
};

/** The change number `failing` (from 1) is refused with `errno`; the others reach `files`. */
export function faultyFiles(files: GadgetFiles, failing: number, errno: string): FaultyFiles {
  let changes = 0;
  const change = <Arguments extends unknown[]>(
    syscall: string,
    action: (...words: Arguments) => Promise<void>,
  ) => {
    return (...words: Arguments): Promise<void> => {
      changes += 1;
      if (changes !== failing) return action(...words);
      return Promise.reject(Object.assign(new Error(errno), { code: errno, syscall }));
    };
  };
  return {
    makeFolder: change('mkdir', (place) => files.makeFolder(place)),
    removeFolder: change('rmdir', (place) => files.removeFolder(place)),
    write: change('write', (place: string, value: string) => files.write(place, value)),
    link: change('symlink', (target: string, place: string) => files.link(target, place)),
    unlink: change('unlink', (place) => files.unlink(place)),
    read: (place) => files.read(place),
    list: (place) => files.list(place),
    get changes() {
      return changes;
    },
  };
}
