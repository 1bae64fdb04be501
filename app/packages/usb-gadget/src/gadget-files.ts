/**
 * The file operations that a gadget is made of. configfs is a file system whose folders are kernel objects: mkdir
 * makes one together with its attribute files, rmdir and unlink take it down. Tests put a fake or a faulty one here.
 */
import { open, mkdir, readdir, readFile, rmdir, symlink, unlink } from 'node:fs/promises';

export interface FolderEntry {
  name: string;
  kind: 'file' | 'folder' | 'link';
}

/** Each rejects with Node's system error (`code`, `syscall`). */
export interface GadgetFiles {
  makeFolder(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  /** Writes all of `value` with one write call, into a file that exists: the kernel acts on each call. */
  write(path: string, value: string): Promise<void>;
  read(path: string): Promise<string>;
  /** `target` is absolute: configfs looks it up from the working directory, not from the link's folder. */
  link(target: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  list(path: string): Promise<FolderEntry[]>;
}

export const kernelFiles: GadgetFiles = {
  async makeFolder(path) {
    await mkdir(path);
  },
  removeFolder: (path) => rmdir(path),
  async write(path, value) {
    // Without O_CREAT a missing attribute is ENOENT; with it, configfs answers EACCES, which says nothing.
    const file = await open(path, 'r+');
    try {
      await file.write(value);
    } finally {
      await file.close();
    }
  },
  read: (path) => readFile(path, 'utf8'),
  link: (target, path) => symlink(target, path),
  unlink: (path) => unlink(path),
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({
      name: entry.name,
      kind: entry.isSymbolicLink() ? 'link' : entry.isDirectory() ? 'folder' : 'file',
    }));
  },
};
