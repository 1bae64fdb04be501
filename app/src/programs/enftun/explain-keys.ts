/** The table of keys as text: `enftun keys`, and with Markdown the table of docs/configuration.md. */
import type { SchemaRow } from '../../config/schema-row.ts';
import { rowOf, settingNames, type SettingName } from '../../config/schema.ts';

/** One paragraph per key, for a terminal. */
export function explainKeys(): string {
  return settingNames
    .map((name) => {
      const row = rowOf(name);
      const unit = row.unit === undefined ? '' : ` of ${row.unit}`;
      const usual = defaultOf(row).replaceAll('`', '');
      const heading = `${pathOf(name)}: ${row.kind.expected}${unit}; default: ${usual}`;
      return `${heading}\n    ${sentence(row)}\n`.replaceAll('`', '');
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
