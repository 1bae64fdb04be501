/** A checkout of its own for one run at a time: sources are copied, everything else is linked. */
import { cpSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/** Makes the copy of `app` in the folder `top`. */
export function copyOfApp(app: string, top: string): string {
  const copy = path.join(top, 'app');
  mkdirSync(path.join(copy, 'node_modules'), { recursive: true });
  for (const name of readdirSync(path.dirname(app))) {
    if (name !== 'app') symlinkSync(path.join(path.dirname(app), name), path.join(top, name));
  }
  for (const name of readdirSync(app)) {
    if (name !== 'node_modules')
      cpSync(path.join(app, name), path.join(copy, name), { recursive: true });
  }
  const modules = path.join(app, 'node_modules');
  for (const name of readdirSync(modules)) {
    const from = path.join(modules, name);
    // Our own packages are links already, and stay within the copy.
    const target = lstatSync(from).isSymbolicLink() ? readlinkSync(from) : from;
    symlinkSync(target, path.join(copy, 'node_modules', name));
  }
  return copy;
}
