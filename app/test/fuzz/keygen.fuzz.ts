/** enftun keygen: what a person types as an address, and what an identity service answers. */
import assert from 'node:assert/strict';
import { parseAddressRequest } from '../../src/programs/keygen/address-request.ts';
import { readEndpoint, readLogin, readReason } from '../../src/programs/keygen/iam-answers.ts';
import { loginBody } from '../../src/programs/keygen/iam-requests.ts';
import { fuzzTarget } from './fuzz-target.ts';

const point = Buffer.alloc(65, 0xab).fill(4, 0, 1);
const secret = Buffer.from('hunter2');

/** What is accepted can be sent, and is short. */
fuzzTarget('address-request', (input) => {
  const text = Buffer.from(input).toString('latin1');
  const result = parseAddressRequest(text);
  if (!result.ok) return false;
  if (result.request.kind === 'auto') return true;
  assert.match(result.request.text, /^[0-9a-f:.]{2,45}(\/64)?$/i);
  assert.equal(result.request.kind === 'network', result.request.text.endsWith('/64'));
  return true;
});

/** Any answer is judged, and nothing of it breaks a header or a terminal. */
fuzzTarget('iam-answers', (input) => {
  const login = readLogin(input);
  if (login.ok) assert.match(login.value.token, /^[\w.~+/=-]{1,4096}$/);
  const endpoint = readEndpoint(input, point);
  if (endpoint.ok) assert.ok(endpoint.value.name.length <= 45);
  else assert.doesNotMatch(endpoint.problem, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  const reason = readReason(input, [secret]);
  if (reason !== undefined) {
    assert.doesNotMatch(reason, /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|hunter2/u);
    assert.ok(reason.length < 240);
  }
  // Whatever bytes a password has, the body stays one string of JSON.
  const body = loginBody('user', input).toString('latin1');
  assert.match(
    body,
    /^\{"username":"user","token":"(?:[^"\\\x00-\x1f]|\\["\\]|\\u00[01][0-9a-f])*"\}$/,
  );
  return login.ok || endpoint.ok || reason !== undefined;
});
