/** What holds for the command line of every program. */
import assert from 'node:assert/strict';
import { table as enfServer } from '../../../src/dev/enf-server/command-table.ts';
import { table as pki } from '../../../src/dev/pki/command-table.ts';
import { helpText } from '../../../src/platform/command-line/help-text.ts';
import {
  standardOptions,
  type CommandLineTable,
} from '../../../src/platform/command-line/table.ts';
import { table as enftun } from '../../../src/programs/enftun/command-table.ts';
import { table as wifi } from '../../../src/programs/enftun/wifi/command-table.ts';
import { table as keygen } from '../../../src/programs/keygen/command-table.ts';
import { table as psockHost } from '../../../src/programs/psock-host/command-table.ts';
import { table as psockd } from '../../../src/programs/psockd/command-line.ts';
import { table as setUp } from '../../../src/programs/setup/command-table.ts';
import { table as usbGadget } from '../../../src/programs/usb-gadget/command-table.ts';

const tables: readonly CommandLineTable[] = [
  enfServer,
  pki,
  enftun,
  wifi,
  keygen,
  psockd,
  psockHost,
  setUp,
  usbGadget,
];

for (const table of tables) {
  describe(`the command line of ${table.program}`, () => {
    const rows = Object.entries(table.commands);

    it('gives each option one kind and one letter, in all commands', () => {
      const kinds = new Map<string, string>();
      const all = [standardOptions(table), ...rows.map(([, { options }]) => options)];
      for (const [name, { short, value }] of all.flatMap((options) => Object.entries(options))) {
        const kind = `${short} ${value === undefined ? 'switch' : 'value'}`;
        assert.equal(kinds.get(name) ?? kind, kind, name);
        kinds.set(name, kind);
      }
      const letters = [...kinds.values()].map((kind) => kind.split(' ')[0]);
      const used = letters.filter((letter) => letter !== 'undefined');
      assert.equal(new Set(used).size, used.length, used.join(' '));
    });

    it('requires only options that it has', () => {
      for (const [name, { options, required = [] }] of rows)
        for (const option of required) assert.ok(option in options, `${name} --${option}`);
    });

    it('explains options by an imperative without a full stop', () => {
      for (const [name, { help, options }] of rows) {
        for (const text of [help, ...Object.values(options).map((row) => row.help)])
          assert.match(text, /^[a-z][^]*[^.]$/, name);
      }
    });

    it('fits into a terminal', () => {
      const literal = (table.sections ?? []).flatMap(({ text }) => text.split('\n'));
      for (const text of [helpText(table), ...rows.map(([name]) => helpText(table, name))]) {
        for (const line of text.split('\n'))
          assert.ok(line.length <= 80 || literal.includes(line), line);
      }
    });

    it('explains its exit statuses, the one of a mistake included', () => {
      const known = table.exitStatus.map(([status]) => status);
      assert.deepEqual(
        known,
        known.toSorted((a, b) => a - b),
      );
      assert.ok(known.includes(0) && known.includes(2));
    });
  });
}
