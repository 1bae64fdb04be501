/** What reaches the service before there is a tunnel: answers of DNS servers, certificates and configuration files. */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { ConfigError, ParseError } from '../../src/core/errors.ts';
import { readCertificateFields } from '../../src/identity/certificate-fields.ts';
import { addressOfName } from '../../src/identity/certificate-name.ts';
import { buildConfig } from '../../src/config/build-config.ts';
import { parseLibconfig } from '../../src/config/libconfig/parser.ts';
import { printValue } from '../../src/config/print-value.ts';
import { readSettings } from '../../src/config/read-settings.ts';
import { settingNames } from '../../src/config/schema.ts';
import { readAnswer } from '../../src/uplink/dns/message.ts';
import { formatIpv6, parseIpv6 } from '../../src/wire/ipv6-address.ts';
import { fuzzTarget } from './fuzz-target.ts';

/** To the questions for enf.example, type A and AAAA, with id 0x1234. */
fuzzTarget('dns-answer', (input) => {
  const answers = (['A', 'AAAA'] as const).map((type) =>
    readAnswer(input, { id: 0x1234, name: 'enf.example', type }),
  );
  for (const answer of answers) {
    if (answer.kind !== 'addresses') continue;
    assert.ok(answer.ttl >= 0 && answer.ttl <= 86_400_000, `lifetime ${answer.ttl}`);
    for (const address of answer.addresses) assert.notEqual(isIP(address), 0, address);
  }
  const [a, aaaa] = answers.map(({ kind }) => kind !== 'unrelated');
  assert.ok(!(a && aaaa), 'an answer to two questions');
  return a === true || aaaa === true;
});

fuzzTarget('certificate', (input) => {
  try {
    const { commonName, notBefore, notAfter } = readCertificateFields(input);
    assert.ok(!Number.isNaN(notBefore.getTime()) && !Number.isNaN(notAfter.getTime()));
    const name = addressOfName(commonName);
    if (!name.ok) return false;
    assert.deepEqual(parseIpv6(name.text), name.address);
    assert.equal(formatIpv6(name.address), name.text);
    return true;
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
});

/** As text, and what follows from it, up to printing every key. */
fuzzTarget('libconfig', (input) => {
  const file = 'fuzz.conf';
  const text = Buffer.from(input).toString('utf8');
  try {
    const refuse = (): never => {
      throw new ConfigError('cannot be included', { file });
    };
    const { values, warnings } = buildConfig(
      file,
      readSettings(parseLibconfig({ file, text }, refuse)),
    );
    for (const name of settingNames) {
      const printed = printValue(values, name);
      assert.equal(typeof printed, 'string', name);
    }
    assert.ok(warnings.length <= text.length + 1);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
});
