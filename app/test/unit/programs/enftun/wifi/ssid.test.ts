import assert from 'node:assert/strict';
import { ssidOfHex, ssidOfText } from '../../../../../src/programs/enftun/wifi/ssid.ts';

describe('wifi/ssid', () => {
  it('is bytes: text and its hex digits name the same network', () => {
    const text = ssidOfText('Café');
    assert.deepEqual(text, { ok: true, ssid: { hex: '436166c3a9', text: 'Café' } });
    assert.deepEqual(ssidOfHex('436166C3A9'), text);
  });

  it('has 1 to 32 bytes, not characters', () => {
    assert.equal(ssidOfText('é'.repeat(16)).ok, true);
    for (const [name, found] of [
      [ssidOfText(''), /must not be empty/],
      [ssidOfText('é'.repeat(17)), /at most 32 bytes, this one has 34/],
      [ssidOfHex('ab'.repeat(33)), /has 33/],
      [ssidOfHex('abc'), /hex digits/],
      [ssidOfHex('0x41'), /hex digits/],
      [ssidOfHex(''), /hex digits/],
    ] as const) {
      assert.equal(name.ok, false);
      assert.match(name.problem, found);
    }
  });

  it('may be no text at all', () => {
    assert.deepEqual(ssidOfHex('ff00'), { ok: true, ssid: { hex: 'ff00', text: '\\xff\\x00' } });
  });
});
