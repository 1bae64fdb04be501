/** `make man`: writes the man pages, and the completions for bash and zsh, below a folder. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startTool, toolStatus } from '../test/harness/tool.ts';
import type { CommandLineTable } from '../src/platform/command-line/table.ts';
import { UsageError } from '../src/platform/command-line/usage-error.ts';
import { manualFiles } from './files.ts';

const table = {
  program: 'write-manual',
  about: ['Writes the man pages of all programs, and their completions for bash and zsh.'],
  commands: {
    '': { operand: 'FOLDER', options: {}, help: 'replace FOLDER by man pages and completions' },
  },
  sections: [
    {
      heading: 'Environment',
      text: '  SOURCE_DATE_EPOCH   the date of the pages, in seconds since 1970 (default today)',
    },
  ],
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': ({ operands: [folder = ''] }) => {
    const seconds = Number(process.env.SOURCE_DATE_EPOCH || Date.now() / 1000);
    const date = new Date(seconds * 1000);
    if (Number.isNaN(date.getTime())) {
      throw new UsageError('SOURCE_DATE_EPOCH is a number of seconds since 1970');
    }
    return () => Promise.resolve(write(folder, date));
  },
});

function write(folder: string, date: Date): void {
  const example = path.join(import.meta.dirname, '../examples/server.conf');
  rmSync(folder, { recursive: true, force: true });
  for (const [name, content] of manualFiles(readFileSync(example, 'utf8'), date)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    if ('link' in content) symlinkSync(content.link, file);
    else writeFileSync(file, content.text);
  }
}
