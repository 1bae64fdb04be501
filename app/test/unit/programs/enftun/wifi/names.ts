/** Names of networks for tests. */
import assert from 'node:assert/strict';
import { ssidOfText, type Ssid } from '../../../../../src/programs/enftun/wifi/ssid.ts';

export function named(text: string): Ssid {
  const name = ssidOfText(text);
  assert.ok(name.ok);
  return name.ssid;
}
