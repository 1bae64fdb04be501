import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ConfigError } from '../../../../src/core/errors.ts';
import { parse, parsePlain, type Plain } from './plain.ts';

const name = fc
  .stringMatching(/^[A-Za-z*][-A-Za-z0-9_*]{0,8}$/)
  .filter((text) => !/^(?:true|false|__proto__)$/i.test(text));
const scalars = {
  string: fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0')),
  integer: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  // As a file can write them: finite, and distinguished from integers by a point or an exponent.
  float: fc.double({ noNaN: true, noDefaultInfinity: true }),
  boolean: fc.boolean(),
};
const array = fc.oneof(
  ...Object.values(scalars).map((one) => fc.array<Plain>(one, { maxLength: 3 })),
);
const { group } = fc.letrec<{ group: { [name: string]: Plain }; value: Plain }>((tie) => ({
  group: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    ...Object.values(scalars),
    array,
    fc.array(tie('value'), { maxLength: 3 }).map((list) => ({ list })),
    tie('group'),
  ),
}));

/** Writes values in one of the ways in which a file may hold them, chosen by `style`. */
function write(settings: { [name: string]: Plain }, style: number): string {
  const space = [' ', '\n', '\t# note\n', ' /* x */ ', '\r\n'][style % 5] ?? '';
  const sign = style % 2 === 0 ? '=' : ':';
  const end = [';', ',', ''][style % 3] ?? '';
  return Object.entries(settings)
    .map(([key, value]) => `${key}${space}${sign}${space}${writeValue(value, style)}${end}${space}`)
    .join('');
}

function writeValue(value: Plain, style: number): string {
  if (typeof value === 'string') return writeString(value, style);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : value.toExponential();
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[ ${value.map((one) => writeValue(one, style)).join(', ')} ]`;
  if (Array.isArray(value.list) && Object.keys(value).length === 1) {
    return `( ${value.list.map((one) => writeValue(one, style)).join(', ')} )`;
  }
  return `{ ${write(value, style)} }`;
}

function writeString(text: string, style: number): string {
  if (style % 2 === 0) {
    const bytes = Buffer.from(text).toString('hex').replace(/../g, '\\x$&');
    return `"${bytes}"`;
  }
  const escaped = text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `"" "${escaped}"`;
}

describe('libconfig, any text', () => {
  it('reads back what was written, in every way of writing', () => {
    fc.assert(
      fc.property(group, fc.nat(29), (settings, style) => {
        assert.deepEqual(parsePlain(write(settings, style)), settings);
      }),
      { numRuns: 500 },
    );
  });

  /** Pieces that make deep and nearly valid texts far likelier than single characters do. */
  const pieces = fc.constantFrom(
    ...['a', 'b', '=', ':', ';', ',', '{', '}', '[', ']', '(', ')', '"', '\\', '\\x', '4', '0x'],
    ...['1', '-', '.', 'e', 'L', 'true', '"x"', '#', '//', '/*', '*/', '\n', ' ', '\0', '\ud800'],
    ...['@include "x"\n', '@include', 'a = 1', 'g = {', '= [', '= (', '"\\x80"', 'é', '\ufeff'],
  );
  const anyText = fc.oneof(
    fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );

  it('ends in values or in a ConfigError with file and line', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, included) => {
        try {
          assert.ok(parse(text, { x: included }) instanceof Map);
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error));
          assert.ok((error.details.line ?? 0) >= 1);
          assert.ok(['main.conf', 'x'].includes(error.details.file));
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('takes time in proportion to the text, whatever repeats in it', () => {
    for (const piece of [
      'a = 1\n',
      'a = (',
      '"x" ',
      '/* x ',
      '# \n',
      '"\\',
      '-',
      'a ',
      '[[',
      '/',
    ]) {
      const text = `s = ${piece.repeat((256 * 1024) / piece.length)}`;
      const before = process.cpuUsage();
      try {
        parse(text);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
      }
      // Linear work takes some 20 ms; quadratic work on a quarter of a megabyte takes minutes.
      const { user } = process.cpuUsage(before);
      assert.ok(user < 2_000_000, JSON.stringify(piece));
    }
  });
});
