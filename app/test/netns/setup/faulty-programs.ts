/** ip and nft, of which the n-th that changes something kills or stops the program that called it, or fails. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { labFolder } from '../../harness/paths.ts';
import { run } from '../../harness/process.ts';

/** `stop`: by SIGTERM, as systemd does. */
export type Fault = 'kill' | 'stop' | 'fail';

export const faultyFolder = `${labFolder}/faulty`;

/** Without a fault until `setFault`. */
export async function makeFaulty(): Promise<Record<'ip' | 'nft', string>> {
  await mkdir(faultyFolder, { recursive: true });
  const files = { ip: `${faultyFolder}/ip`, nft: `${faultyFolder}/nft` };
  for (const [name, file] of Object.entries(files)) {
    const { stdout } = await run(['sh', '-c', `command -v ${name}`]);
    const script = `#!/bin/sh
for word; do
  case $word in
    -batch | -f)
      read -r left what <${faultyFolder}/plan
      echo "$((left - 1)) $what" >${faultyFolder}/plan
      case $left$what in
        1kill) kill -9 $PPID; exit 1 ;;
        1stop) kill -TERM $PPID ;;
        1fail) exit 1 ;;
      esac
      ;;
  esac
done
exec ${stdout.trim()} "$@"
`;
    await writeFile(file, script);
    await chmod(file, 0o755);
  }
  return files;
}

/** `at`: 0 for never. */
export async function setFault(what: Fault, at: number): Promise<void> {
  await writeFile(`${faultyFolder}/plan`, `${at} ${what}\n`);
}
