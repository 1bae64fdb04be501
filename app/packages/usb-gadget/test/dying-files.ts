/** Files of a process that is killed: after so many changes nothing works any more, reading included. */
import type { GadgetFiles } from '../src/index.ts';

export function dyingFiles(files: GadgetFiles, lastChange: number): GadgetFiles {
  let left = lastChange;
  const dead = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
  const live = <Result>(action: () => Promise<Result>): Promise<Result> =>
    left > 0 ? action() : dead();
  const change = (action: () => Promise<void>): Promise<void> => (left-- > 0 ? action() : dead());
  return {
    makeFolder: (place) => change(() => files.makeFolder(place)),
    removeFolder: (place) => change(() => files.removeFolder(place)),
    write: (place, value) => change(() => files.write(place, value)),
    link: (target, place) => change(() => files.link(target, place)),
    unlink: (place) => change(() => files.unlink(place)),
    read: (place) => live(() => files.read(place)),
    list: (place) => live(() => files.list(place)),
  };
}
