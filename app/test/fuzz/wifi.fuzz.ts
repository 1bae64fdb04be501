/** WiFi: what is on the air reaches us as names in wpa_supplicant's answers and events; its file may be anybody's. */
import assert from 'node:assert/strict';
import { known, parseEvent } from '../../src/programs/enftun/wifi/control-events.ts';
import {
  parseHeardStation,
  parseNetworkList,
  parseStatus,
} from '../../src/programs/enftun/wifi/control-replies.ts';
import {
  withNetwork,
  withoutNetwork,
} from '../../src/programs/enftun/wifi/edit-supplicant-file.ts';
import { printHeard } from '../../src/programs/enftun/wifi/print-wifi.ts';
import { ssidOfText, type Ssid } from '../../src/programs/enftun/wifi/ssid.ts';
import {
  networksOf,
  parseSupplicantFile,
  printSupplicantFile,
} from '../../src/programs/enftun/wifi/supplicant-file.ts';
import { fuzzTarget } from './fuzz-target.ts';

function name(): Ssid {
  const found = ssidOfText('fuzz');
  assert.ok(found.ok);
  return found.ssid;
}

/** Any file can be changed, and only in the way that was asked for. */
fuzzTarget('supplicant-file', (input) => {
  const text = Buffer.from(input).toString('latin1');
  const file = parseSupplicantFile(text);
  assert.equal(printSupplicantFile(file), text === '' || text.endsWith('\n') ? text : `${text}\n`);
  // Such a file is never changed.
  if (file.problem !== undefined) return false;
  const before = networksOf(file).filter(({ ssid }) => ssid.hex !== name().hex);
  for (const { ssid } of before) assert.match(ssid.hex, /^([0-9a-f]{2}){1,32}$/);
  const added = withNetwork(file, {
    ssid: name(),
    security: 'wpa2',
    secret: { pskHex: '00'.repeat(32), saeHex: undefined },
    isHidden: false,
    priority: 0,
  });
  const read = networksOf(parseSupplicantFile(printSupplicantFile(added)));
  assert.equal(read.filter(({ ssid }) => ssid.hex === name().hex).length, 1);
  assert.deepEqual(networksOf(withoutNetwork(added, name())), before);
  return before.length > 0;
});

/** Every reader gets everything: names come from strangers, and nothing of them may reach a terminal unescaped. */
fuzzTarget('wpa-messages', (input) => {
  const text = Buffer.from(input).toString('utf8');
  const status = parseStatus(text);
  const listed = parseNetworkList(text);
  const station = parseHeardStation(text);
  const events = text.split('\n').map(parseEvent);
  const found = events.filter((event) => event !== undefined);
  for (const hex of known(found).problems.keys()) assert.match(hex, /^([0-9a-f]{2}){1,32}$/);
  const names = [status.ssid, station?.ssid, ...listed.map(({ ssid }) => ssid)];
  for (const ssid of names) {
    if (ssid !== undefined) assert.doesNotMatch(ssid.text, /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u);
  }
  if (station !== undefined) assert.match(printHeard([station], new Set()), /^[^\n]+\n$/);
  return found.length > 0 || listed.length > 0 || station !== undefined;
});
