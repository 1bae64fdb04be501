import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  acm,
  buildGadget,
  canonicalMac,
  check,
  ecm,
  GadgetDefinitionError,
  ncm,
  type GadgetSpec,
  type NcmOptions,
} from '../../src/index.ts';
import { macs, richGadget, simpleGadget } from '../gadgets.ts';

const withNcm = (options: Partial<NcmOptions>) =>
  simpleGadget({ functions: [ncm('usb0', { ...macs, ...options })] });
const withStrings = (strings: Partial<GadgetSpec['strings']>) =>
  simpleGadget({ strings: { ...simpleGadget().strings, ...strings } });

describe('definition of a gadget', () => {
  const bad: [what: string, spec: GadgetSpec, problem: RegExp][] = [
    ['no name', simpleGadget({ name: '' }), /name "" is not/],
    ['a name that leads elsewhere', simpleGadget({ name: '../g1' }), /name "\.\.\/g1" is not/],
    ['the parent folder as a name', simpleGadget({ name: '..' }), /name ".." is not/],
    ['a name of 41 letters', simpleGadget({ name: 'g'.repeat(41) }), /1 to 40/],
    ['no vendor id', simpleGadget({ vendorId: 0 }), /vendor id is a number of 1..65535, not 0/],
    ['a product id of 17 bits', simpleGadget({ productId: 0x10000 }), /product id .* not 65536/],
    ['a fraction', simpleGadget({ productId: 1.5 }), /product id .* not 1.5/],
    ['no number', simpleGadget({ productId: Number.NaN }), /product id .* not NaN/],
    [
      'a version that is not a decimal',
      simpleGadget({ deviceVersion: 0x010a }),
      /device version.*0x10a/,
    ],
    ['USB 4', simpleGadget({ usbVersion: 0x0400 }), /USB version is a number/],
    [
      'a class of 9 bits',
      simpleGadget({ deviceClass: { class: 256, subclass: 0, protocol: 0 } }),
      /device class .* not 256/,
    ],
    ['more power than a port has', simpleGadget({ maxPowerMilliamps: 501 }), /power in mA/],
    ['negative power', simpleGadget({ maxPowerMilliamps: -1 }), /power in mA/],
    ['a vendor code of 9 bits', simpleGadget({ microsoftVendorCode: 256 }), /vendor code/],
    ['no language', simpleGadget({ language: 0 }), /language/],
    ['an empty manufacturer', withStrings({ manufacturer: '' }), /manufacturer is empty/],
    ['127 bytes of product', withStrings({ product: 'é'.repeat(63) + 'x' }), /longer than 126/],
    [
      'a line end in the serial',
      withStrings({ serialNumber: 'SN-1\n' }),
      /serial number "SN-1\\n"/,
    ],
    ['an emoji', withStrings({ product: '🚀' }), /product .* beyond U\+FFFF/],
    ['half an emoji', withStrings({ product: '\ud83d' }), /product/],
    ['no function', simpleGadget({ functions: [] }), /no function/],
    [
      'a function twice',
      simpleGadget({ functions: [acm('GS0'), acm('GS0')] }),
      /two functions acm\.GS0/,
    ],
    ['an instance with a slash', simpleGadget({ functions: [acm('a/b')] }), /acm\.a\/b/],
    ['an instance too long', simpleGadget({ functions: [acm('x'.repeat(37))] }), /1 to 40/],
    ['a short MAC', withNcm({ hostMac: '02:00:00:00:01' }), /ncm\.usb0: the host's MAC/],
    [
      'a group MAC',
      withNcm({ deviceMac: '03:00:00:00:00:02' }),
      /the device's MAC .*single station/,
    ],
    ['the zero MAC', withNcm({ hostMac: '00:00:00:00:00:00' }), /the host's MAC/],
    ['a placeholder MAC', withNcm({ hostMac: '@MAC_ADDR_HOLD_1@' }), /"@MAC_ADDR_HOLD_1@"/],
    [
      'the same MAC at both ends',
      withNcm({ hostMac: macs.deviceMac }),
      /02:00:00:00:00:02 is used twice/,
    ],
    [
      'the same MAC in other letters, in another function',
      simpleGadget({
        functions: [
          ncm('usb0', { ...macs, hostMac: '02:00:00:00:00:aa' }),
          ecm('usb1', { hostMac: '02:00:00:00:00:AA', deviceMac: '02:00:00:00:00:03' }),
        ],
      }),
      /02:00:00:00:00:aa is used twice/,
    ],
    ['no queue', withNcm({ queueMultiplier: 0 }), /queue multiplier is 1\.\.255, not 0/],
    ['a long queue', withNcm({ queueMultiplier: 256 }), /queue multiplier/],
    ['a fixed interface name', withNcm({ interfacePattern: 'usb0' }), /exactly one|one %d/],
    ['two numbers in the name', withNcm({ interfacePattern: 'u%d%d' }), /one %d/],
    ['an interface name too long', withNcm({ interfacePattern: 'abcdefghijklm%d' }), /one %d/],
    [
      'a compatible id too long',
      withNcm({ microsoft: { compatibleId: 'WINNCMXYZ' } }),
      /ncm\.usb0: the compatible id "WINNCMXYZ"/,
    ],
    [
      'a sub-compatible id in small letters',
      withNcm({ microsoft: { compatibleId: 'A', subCompatibleId: 'a' } }),
      /sub-compatible id "a"/,
    ],
    [
      'a property that leads elsewhere',
      withNcm({
        microsoft: { compatibleId: 'A', properties: [{ name: '..', type: 'string', value: 'x' }] },
      }),
      /property name "\.\."/,
    ],
    [
      'a property of two lines',
      withNcm({
        microsoft: { compatibleId: 'A', properties: [{ name: 'P', type: 'link', value: 'x\ny' }] },
      }),
      /property P/,
    ],
  ];
  for (const [what, spec, problem] of bad) {
    it(`refuses ${what}`, () => {
      const problems = check(spec);
      assert.match(problems.join('\n'), problem);
      assert.throws(
        () => buildGadget(spec),
        (error) =>
          error instanceof GadgetDefinitionError &&
          error.code === 'DEFINITION' &&
          problems.every((text) => error.message.includes(text)),
      );
    });
  }

  it('says everything that is wrong at once, and each thing once', () => {
    assert.equal(check(simpleGadget({ name: '', vendorId: 0, functions: [] })).length, 3);
  });

  it('takes what is right, and fills in what was left out', () => {
    assert.deepEqual(check(simpleGadget()), []);
    assert.deepEqual(check(richGadget()), []);
    const built = buildGadget(simpleGadget());
    assert.equal(built.usbVersion, 0x0200);
    assert.deepEqual(built.deviceClass, { class: 0xef, subclass: 2, protocol: 1 });
    assert.equal(built.maxPowerMilliamps, 500);
    assert.deepEqual(check(withStrings({ product: 'x'.repeat(126), serialNumber: undefined })), []);
  });

  it('writes every MAC address of a station in one form, and refuses any other text', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(
        fc.array(byte, { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        (bytes, isUpper) => {
          const text = bytes.map((value) => value.toString(16).padStart(2, '0')).join(':');
          const isStation = bytes[0]! % 2 === 0 && bytes.some((value) => value !== 0);
          const given = isUpper ? text.toUpperCase() : text;
          assert.equal(canonicalMac(given), isStation ? text : undefined);
          assert.equal(canonicalMac(`${given}\n`), undefined);
          assert.equal(canonicalMac(given.replace(':', '-')), undefined);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.ok(canonicalMac(text) === undefined || text.length === 17);
      }),
    );
  });
});
