/** The table of keys as text: `enftun keys`, and with Markdown the table of docs/configuration.md. */
import type { SchemaRow } from '../../config/schema-row.ts';
import { rowOf, settingNames, type SettingName } from '../../config/schema.ts';

/** What is said of a key; `usual` and `doc` are Markdown. */
export interface KeyText {
  /** Where it stands in the file. */
  readonly path: string;
  readonly expected: string;
  /** The default. */
  readonly usual: string;
  readonly doc: string;
}

export function keyTexts(): KeyText[] {
  return settingNames.map((name) => {
    const row = rowOf(name);
    const unit = row.unit === undefined ? '' : ` of ${row.unit}`;
    const expected = `${row.kind.expected}${unit}`;
    return { path: pathOf(name), expected, usual: defaultOf(row), doc: sentence(row) };
  });
}

/** One paragraph per key, for a terminal. */
export function explainKeys(): string {
  return keyTexts()
    .map(({ path, expected, usual, doc }) => {
      const heading = `${path}: ${expected}; default: ${usual}`;
      return `${heading}\n    ${doc}\n`.replaceAll('`', '');
    })
    .join('\n');
}

export function explainKeysInMarkdown(): string {
  const rows = settingNames.map((name) => {
    const row = rowOf(name);
    const type = row.unit === undefined ? row.kind.expected : `${row.kind.expected}, ${row.unit}`;
    return `| \`${pathOf(name)}\` | ${type} | ${defaultOf(row)} | ${sentence(row)} |\n`;
  });
  return `| Key | Value | Default | Meaning |\n|---|---|---|---|\n${rows.join('')}`;
}

/** Where the key stands in the file. */
function pathOf(name: SettingName): string {
  const row = rowOf(name);
  return row.path ?? name;
}

function defaultOf(row: SchemaRow<unknown>): string {
  if (row.defaultText !== undefined) return row.defaultText;
  if (row.path !== undefined) return 'absent';
  if (row.default === undefined) return 'unset';
  const text = row.kind.print(row.default);
  return text === '' ? 'empty' : `\`${text}\``;
}

function sentence(row: SchemaRow<unknown>): string {
  const aliases = row.aliases?.map((alias) => `\`${alias}\``).join(', ');
  const also = aliases === undefined ? '' : ` Also read as ${aliases}.`;
  const effect =
    row.withoutEffect === undefined ? '' : ` No effect in this version: ${row.withoutEffect}.`;
  const start = row.concerns === 'start' ? ' Read at the start only.' : '';
  return row.doc + also + start + effect;
}
