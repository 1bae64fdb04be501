/** The man pages and the completions as files: names below share/, and contents. */
import { version } from '../src/platform/version.ts';
import { keyTexts } from '../src/programs/enftun/explain-keys.ts';
import { bashCompletion } from './bash-completion.ts';
import { completionTree } from './completion-tree.ts';
import { configPage } from './config-page.ts';
import { pageHead, type Page } from './page-head.ts';
import { configurationPage, programPages } from './pages.ts';
import { programPage } from './program-page.ts';
import { zshCompletion } from './zsh-completion.ts';

/** The contents of a file, or the other file of its folder that it is a link to. */
export type ManualFile = { readonly text: string } | { readonly link: string };

/** `exampleFile` is the text of a configuration; `date` stands at the foot of the pages. */
export function manualFiles(exampleFile: string, date: Date): Map<string, ManualFile> {
  const files = new Map<string, ManualFile>();
  const add = (page: Page, text: string): void => {
    const [first, ...others] = page.names;
    files.set(nameOf(first, page), { text });
    for (const name of others) files.set(nameOf(name, page), { link: `${first}.${page.section}` });
  };
  for (const page of programPages) {
    add(page, programPage(page.table, pageHead(page, version, date)));
    const [program] = page.programs;
    if (program === undefined) continue;
    const tree = completionTree(page);
    files.set(`bash-completion/completions/${program}`, { text: bashCompletion(program, tree) });
    files.set(`zsh/vendor-completions/_${program}`, { text: zshCompletion(page.programs, tree) });
  }
  const head = pageHead(configurationPage, version, date);
  add(configurationPage, configPage(keyTexts(), exampleFile, head));
  return files;
}

function nameOf(name: string, { section }: Page): string {
  return `man/man${section}/${name}.${section}`;
}
