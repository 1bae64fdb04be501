/** What every man page begins and ends with. */
import { text } from './roff.ts';

export interface Page {
  /** The names of the page, the first one of which is its file's. */
  readonly names: readonly [string, ...string[]];
  readonly section: 1 | 5 | 8;
  /** What whatis(1) prints. */
  readonly summary: string;
  /** Pages to read next, such as `enftun(8)`. */
  readonly seeAlso: readonly string[];
}

export interface PageHead {
  readonly lines: readonly string[];
  readonly seeAlso: readonly string[];
}

/** `date` is that of the sources, so that the same sources give the same page. */
export function pageHead(page: Page, version: string, date: Date): PageHead {
  const title = page.names[0].toUpperCase();
  const day = date.toISOString().slice(0, 10);
  return {
    lines: [
      '.\\" Made from the tables of the program; change those.',
      `.TH ${title} ${page.section} ${day} "enftun ${version}" "ENF router card"`,
      // Names of programs and options are not hyphenated, and lines not stretched.
      '.nh',
      '.ad l',
      '.SH NAME',
      `${page.names.join(', ')} \\- ${text(page.summary)}`,
    ],
    seeAlso: page.seeAlso,
  };
}

export function footer({ seeAlso }: PageHead): string[] {
  const references = seeAlso.map((reference, index) => {
    const [, name, section] = /^(.*)(\(\d\))$/.exec(reference) ?? [];
    return `.BR ${name} ${section}${index === seeAlso.length - 1 ? '' : ' ,'}`.replace(') ,', '),');
  });
  return seeAlso.length === 0 ? [] : ['.SH SEE ALSO', ...references];
}
