import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ConfigError } from '../../../../src/core/errors.ts';
import { loadSettings, parseSettings } from '../../../../src/programs/usb-gadget/settings.ts';

const file = '/etc/usb-gadget.json';

describe('usb-gadget.json', () => {
  it('needs the product only', () => {
    assert.deepEqual(parseSettings('{"product": "xaprc001"}', file), {
      settings: {
        product: 'xaprc001',
        function: 'ncm',
        console: false,
        psock: false,
        controller: undefined,
        identity: '/rom',
      },
      warnings: [],
    });
  });

  it('takes every key', () => {
    const settings = {
      product: 'xaprw001',
      function: 'rndis',
      console: true,
      psock: true,
      controller: 'dummy_udc.0',
      identity: '/run/rom',
    };
    assert.deepEqual(parseSettings(JSON.stringify(settings), file), { settings, warnings: [] });
  });

  const bad: [what: string, text: string, message: RegExp][] = [
    ['nothing', '', /^\/etc\/usb-gadget\.json: is not JSON: /],
    ['half an object', '{"product": ', /is not JSON/],
    ['a comment', '{} // card', /is not JSON/],
    ['a list', '["xaprc001"]', /expected an object .*, found \["xaprc001"\]/],
    ['null', 'null', /expected an object .*, found null/],
    ['no product', '{}', /product: missing; expected "xaprc001" or "xaprw001"$/],
    ['another product', '{"product": "x"}', /product: unusable value; expected .*, found "x"$/],
    ['a property of every object', '{"product": "toString"}', /found "toString"/],
    ['a product in a list', '{"product": ["xaprc001"]}', /found \["xaprc001"\]/],
    [
      'another function',
      '{"product": "xaprc001", "function": "eem"}',
      /function: .* expected "ncm" or "ecm" or "rndis", found "eem"/,
    ],
    ['no function', '{"product": "xaprc001", "function": null}', /function: .* found null/],
    [
      'a console in words',
      '{"product": "xaprc001", "console": "yes"}',
      /console: .* expected true or false, found "yes"/,
    ],
    [
      'a path for a controller',
      '{"product": "xaprc001", "controller": "../x"}',
      /controller: .* found "\.\.\/x"/,
    ],
    ['an empty controller', '{"product": "xaprc001", "controller": ""}', /controller: .* found ""/],
    [
      'a relative identity',
      '{"product": "xaprc001", "identity": "rom"}',
      /identity: .* expected an absolute path, found "rom"/,
    ],
  ];
  for (const [what, text, message] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parseSettings(text, file),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('warns of unknown keys, and guesses which was meant', () => {
    const { warnings } = parseSettings(
      '{"product": "xaprc001", "fucntion": "ecm", "zzz": 1, "__proto__": 2}',
      file,
    );
    assert.deepEqual(warnings, [
      `${file}: fucntion: unknown key; did you mean function?`,
      `${file}: zzz: unknown key`,
      `${file}: __proto__: unknown key`,
    ]);
  });

  it('is usable or refused with the name of the file, whatever stands in it', () => {
    const key = fc.constantFrom('product', 'function', 'console', 'controller', 'identity', 'x');
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('xaprc001', 'ncm', true, '/rom', 'dummy_udc.0'),
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.dictionary(key, value).map((values) => JSON.stringify(values)),
    );
    fc.assert(
      fc.property(text, (content) => {
        try {
          const { settings } = parseSettings(content, file);
          assert.match(settings.product, /^xapr[cw]001$/);
          assert.match(settings.function, /^(ncm|ecm|rndis)$/);
          assert.equal(typeof settings.console, 'boolean');
          assert.ok(settings.identity.startsWith('/'));
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error));
          assert.ok(error.message.startsWith(file));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not read a device', async () => {
    await assert.rejects(loadSettings('/dev/zero'), {
      message: '/dev/zero: is not a regular file but a device',
    });
  });

  it('says why it cannot be read', async () => {
    await assert.rejects(
      loadSettings('/nonexistent/usb-gadget.json'),
      (error) =>
        error instanceof ConfigError &&
        error.message === '/nonexistent/usb-gadget.json: cannot be read: no such file or directory',
    );
  });
});
