import assert from 'node:assert/strict';
import { ConfigError } from '../../../../src/core/errors.ts';
import { maxIncludes } from '../../../../src/config/libconfig/parser.ts';
import { parse, parsePlain, type Plain } from './plain.ts';

describe('libconfig', () => {
  const valid: [title: string, text: string, expected: Plain][] = [
    ['an empty file', '', {}],
    ['a byte order mark', '\ufeffa = 1', { a: 1n }],
    [
      'both signs and every end of a setting',
      'a = 1; b : 2, c=3 d:4',
      { a: 1n, b: 2n, c: 3n, d: 4n },
    ],
    ['names of all characters', '*a-B_9* = 1', { '*a-B_9*': 1n }],
    ['names that differ in case', 'a = 1 A = 2', { a: 1n, A: 2n }],
    ['groups in groups', 'a : { b = { c = 1 }; d = 2 }', { a: { b: { c: 1n }, d: 2n } }],
    ['empty collections', 'a = {} b = [] c = ()', { a: {}, b: [], c: { list: [] } }],
    ['an array', 'a = [ "x", "y" ]', { a: ['x', 'y'] }],
    [
      'a comma at the end of array and list',
      'a = [ 1, ] b = ( 1, )',
      { a: [1n], b: { list: [1n] } },
    ],
    [
      'a list of anything',
      'a = ( 1, "x", [ 2 ], ( ), { b = true } )',
      { a: { list: [1n, 'x', [2n], { list: [] }, { b: true }] } },
    ],
    ['booleans in any case', 'a = true b = FALSE c = tRuE', { a: true, b: false, c: true }],
    ['decimal integers', 'a = -5 b = +7 c = 007', { a: -5n, b: 7n, c: 7n }],
    ['hexadecimal integers', 'a = 0x1F b = 0XfF', { a: 31n, b: 255n }],
    ['a TPM handle without a sign', 'a = 0x81000001', { a: 0x81000001n }],
    [
      '64-bit integers',
      'a = 9223372036854775807L b = -9223372036854775808LL c = 0xffffffffffffffffL d = 2147483648',
      { a: 2n ** 63n - 1n, b: -(2n ** 63n), c: 2n ** 64n - 1n, d: 2n ** 31n },
    ],
    [
      'floats',
      'a = 1.5 b = -.5 c = 2. d = 1e3 e = +1.5E-2',
      { a: 1.5, b: -0.5, c: 2, d: 1000, e: 0.015 },
    ],
    ['escapes', String.raw`a = "\\ \" \f \n \r \t \x41\x7e"`, { a: '\\ " \f \n \r \t A~' }],
    ['a byte order mark in bytes', String.raw`a = "\xef\xbb\xbfx"`, { a: '\ufeffx' }],
    ['bytes of UTF-8', String.raw`a = "\xc3\xa9" b = "é"`, { a: 'é', b: 'é' }],
    [
      'a backslash that escapes nothing',
      String.raw`a = "C:\dir \x4"`,
      { a: String.raw`C:\dir \x4` },
    ],
    ['a line end in a string', 'a = "x\ny"', { a: 'x\ny' }],
    ['signs of comments in a string', 'a = "# // /* x"', { a: '# // /* x' }],
    [
      'neighbouring strings, also over lines and comments',
      'a = "x" "y"\n  # note\n "z" /* and */ "!"',
      { a: 'xyz!' },
    ],
    ['neighbouring strings in an array', 'a = [ "x" "y", "z" ]', { a: ['xy', 'z'] }],
    ['three kinds of comments', '# one\n// two\n/* three\n * lines **/ a = 1 # end', { a: 1n }],
    ['a comment at the very end', 'a = 1 //', { a: 1n }],
    ['CR LF', 'a = 1\r\n# c\r\nb = 2\r\n', { a: 1n, b: 2n }],
    ['no space at all', 'a=1;b={c="x"d="y"}', { a: 1n, b: { c: 'x', d: 'y' } }],
  ];
  for (const [title, text, expected] of valid) {
    it(`reads ${title}`, () => assert.deepEqual(parsePlain(text), expected));
  }

  it('reads names that every object has, once', () => {
    assert.deepEqual(
      [...parse('constructor = 1 toString = 2').keys()],
      ['constructor', 'toString'],
    );
  });

  const malformed: [title: string, text: string, message: string][] = [
    ['a value without a name', '1', 'main.conf:1: syntax error; expected a name, found 1'],
    [
      'a name alone',
      'a',
      'main.conf:1: syntax error; expected = or : after a, found the end of the file',
    ],
    [
      'a name without sign',
      '\n\na 1',
      'main.conf:3: syntax error; expected = or : after a, found 1',
    ],
    [
      'a name without value',
      'a =\n',
      'main.conf:2: syntax error; expected a value, found the end of the file',
    ],
    [
      'a word without quotes',
      'a = [ default ]',
      'main.conf:1: syntax error; expected a value; text needs quotes: "default", found default',
    ],
    ['two ends of a setting', 'a = 1;;', 'main.conf:1: syntax error; expected a name, found ;'],
    ['a name twice', 'a = 1\na = 2', 'main.conf:2: a is set already at main.conf:1'],
    [
      'a name twice in a group',
      'g = {\na = 1\na = 2 }',
      'main.conf:3: a is set already at main.conf:2',
    ],
    ['a group twice', 'g = {}\ng = {}', 'main.conf:2: g is set already at main.conf:1'],
    ['a boolean as a name', 'true = 1', 'main.conf:1: syntax error; expected a name, found true'],
    [
      'a group without end',
      'g = {\na = 1\n',
      'main.conf:3: syntax error; expected a name or }, found the end of the file',
    ],
    ['a brace too many', 'g = { } }', 'main.conf:1: syntax error; expected a name, found }'],
    ['the wrong bracket', 'a = [ 1 )', 'main.conf:1: syntax error; expected , or ], found )'],
    [
      'an array without commas',
      'a = [ 1 2 ]',
      'main.conf:1: syntax error; expected , or ], found 2',
    ],
    ['an array of a comma', 'a = [ , ]', 'main.conf:1: syntax error; expected a value, found ,'],
    [
      'a list of two commas',
      'a = ( 1,, 2 )',
      'main.conf:1: syntax error; expected a value, found ,',
    ],
    [
      'an array of two types',
      'a = [ 1,\n"x" ]',
      'main.conf:2: values of one array differ in type; expected a number, found "x"',
    ],
    [
      'integers and floats in an array',
      'a = [ 1, 1.5 ]',
      'main.conf:1: values of one array differ in type; expected a number, found 1.5',
    ],
    ['a group in an array', 'a = [ { } ]', 'main.conf:1: syntax error; expected a value, found {'],
    [
      'a string without end, named where it begins',
      'a = 1\nb = "x\ny\n',
      'main.conf:2: unterminated string; expected ", found the end of the file',
    ],
    ['a NUL in a string', 'a = "\\x00"', 'main.conf:1: a NUL character cannot be part of a string'],
    [
      'bytes that are not UTF-8',
      'a = "x\\xc3\ny"',
      'main.conf:1: the text is not UTF-8; save the file in that encoding',
    ],
    [
      'a byte that is not UTF-8, on a later line of its text',
      'a = "x\ny\\xff"',
      'main.conf:2: the text is not UTF-8; save the file in that encoding',
    ],
    [
      'a comment without end',
      'a = 1\n/* x\n',
      'main.conf:2: unterminated comment; expected */, found the end of the file',
    ],
    [
      'a character of no token',
      'a = 1 $',
      'main.conf:1: unexpected character; expected a name or a value, found "$"',
    ],
    [
      'a character outside of ASCII',
      'ä = 1',
      'main.conf:1: unexpected character; expected a name or a value, found "ä"',
    ],
    [
      'a name that starts with an underscore',
      '_a = 1',
      'main.conf:1: unexpected character; expected a name or a value, found "_"',
    ],
    [
      'a number that goes on as a word',
      'a = 443abc',
      'main.conf:1: malformed number; expected a number, found 443abc',
    ],
    [
      'hexadecimal without digits',
      'a = 0x',
      'main.conf:1: malformed number; expected a number, found 0x',
    ],
    ['a sign alone', 'a = -', 'main.conf:1: malformed number; expected a number, found -'],
    ['a point alone', 'a = .', 'main.conf:1: malformed number; expected a number, found .'],
    [
      'an IPv4 address without quotes',
      'a = 192.0.2.1',
      'main.conf:1: malformed number; expected a number, found 192.0.2.1',
    ],
    [
      '65 bits',
      'a = 9223372036854775808',
      'main.conf:1: malformed number; expected an integer of 64 bits, found 9223372036854775808',
    ],
    [
      '65 bits, hexadecimal',
      'a = 0x10000000000000000',
      'main.conf:1: malformed number; expected an integer of 64 bits, found 0x10000000000000000',
    ],
    [
      'a number of very many digits',
      `a = ${'9'.repeat(1e5)}`,
      'main.conf:1: malformed number; expected a number, found 99999999999999999999...',
    ],
    [
      'groups in too deep groups',
      'a={'.repeat(65),
      'main.conf:1: values nested deeper than 64 levels',
    ],
    [
      'lists in endless lists',
      `a = ${'('.repeat(1e5)}`,
      'main.conf:1: values nested deeper than 64 levels',
    ],
    [
      'an unknown directive',
      '@import "x"',
      'main.conf:1: unusable directive; expected a line of the form @include "file"',
    ],
    [
      'an include without quotes',
      '@include x',
      'main.conf:1: unusable directive; expected a line of the form @include "file"',
    ],
    [
      'an include inside a line',
      'a = 1 @include "x"',
      'main.conf:1: unusable directive; expected a line of the form @include "file"',
    ],
    ['an include that is absent', '\n@include "x"', 'main.conf:2: no x'],
  ];
  for (const [title, text, message] of malformed) {
    it(`refuses ${title}`, () => assert.equal(refusal(text), message));
  }

  it('nests as deep as allowed', () => {
    assert.equal(parse('a={'.repeat(64) + '}'.repeat(64)).size, 1);
  });

  it('keeps the place of every name and value', () => {
    const group = parse('# first\ng : {\n  a =\n    "x"\n    "y"\n}').get('g');
    assert.equal(group?.place.line, 2);
    assert.ok(group.value.kind === 'group');
    const a = group.value.settings.get('a');
    assert.deepEqual(a?.place, { file: 'main.conf', line: 3 });
    assert.deepEqual(a.value.place, { file: 'main.conf', line: 4 });
  });

  describe('@include', () => {
    it('puts a file in place, at the top and inside a group', () => {
      const text = 'a = 1\n@include "x"\ng = {\n  @include "y" # why\n  d = 4\n}';
      const plain = parsePlain(text, { x: 'b = 2;', y: 'c = 3' });
      assert.deepEqual(plain, { a: 1n, b: 2n, g: { c: 3n, d: 4n } });
    });

    it('reads a name with escapes', () => {
      assert.deepEqual(parsePlain('@include "a\\"b"', { 'a"b': 'x = 1' }), { x: 1n });
    });

    it('names the file that a mistake is in, and the right line after it', () => {
      assert.equal(
        refusal('@include "x"', { x: '\n\n!' })?.split(';')[0],
        'x:3: unexpected character',
      );
      assert.match(refusal('\n@include "x"\n!', { x: '\n\n' }) ?? '', /^main\.conf:3: unexpected/);
    });

    it('finds a name that another file has set', () => {
      assert.equal(
        refusal('a = 1\n@include "x"', { x: 'a = 2' }),
        'x:1: a is set already at main.conf:1',
      );
    });

    it('ends when a file includes itself', () => {
      const message = refusal('@include "x"', { x: '\n@include "x"' });
      assert.equal(message, 'x:2: files include each other deeper than 10 levels');
    });

    it('goes ten levels deep', () => {
      const files: Record<string, string> = { '10': 'a = 1' };
      for (let i = 1; i < 10; i++) files[i] = `@include "${i + 1}"`;
      assert.deepEqual(parsePlain('@include "1"', files), { a: 1n });
    });

    it('ends when few files unfold into many', () => {
      const twice = (name: string) => `@include "${name}"\n`.repeat(2);
      const files: Record<string, string> = { '10': '' };
      for (let i = 1; i < 10; i++) files[i] = twice(`${i + 1}`);
      assert.match(refusal(twice('1'), files) ?? '', new RegExp(`more than ${maxIncludes} files`));
    });
  });
});

/** The message that this text is refused with; undefined when it is not. */
function refusal(text: string, files?: Record<string, string>): string | undefined {
  try {
    parse(text, files);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
}
