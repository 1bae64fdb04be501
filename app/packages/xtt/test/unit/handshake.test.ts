import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { concat, fromInteger, toInteger } from '../../src/bytes.ts';
import { createEcdsaKey, readEcdsaKey } from '../../src/ecdsa.ts';
import { errorMessage } from '../../src/message.ts';
import { XttError, type XttErrorCode } from '../../src/errors.ts';
import { suites, type SignatureCoverage, type SuiteName } from '../../src/suite.ts';
import { signAttestation } from '../../src/attestation.ts';
import { XttClient, type ClientOptions } from '../../src/client.ts';
import { readCredential } from '../../src/daa-credential.ts';
import { deriveKeys } from '../../src/key-schedule.ts';
import { readRevocations } from '../../src/revocations.ts';
import type { ServerOptions } from '../../src/server.ts';
import { softwareMember } from '../../src/software-member.ts';
import { x25519Key } from '../../src/x25519.ts';
import { hasCode } from '../has-code.ts';
import { basename, common, handshakes, hex, type Handshake } from '../vectors.ts';
import { hybrid } from '../hybrid-point.ts';
import { answeredServer, attestationOf, attestedClient, freshServer } from '../vector-ends.ts';
import { group, root, vectorClient, vectorServer } from '../vector-ends.ts';

const [first, second] = handshakes as unknown as [Handshake, Handshake];
const member = softwareMember(common.member_secret, randomBytes);
const signer = { member, credential: readCredential(common.credential), basename };

interface Step {
  readonly kind: string;
  readonly error?: { code: XttErrorCode };
  readonly bytes?: Uint8Array;
}

function assertFails(step: Step, code: XttErrorCode): void {
  assert.equal(step.kind, 'failed');
  assert.equal(step.error!.code, code);
  assert.equal(hex(step.bytes!), code === 'peer-error' ? '' : hex(errorMessage()));
}

function bytesOf(step: Step, kind: string): Uint8Array {
  if (step.kind === 'failed') throw step.error! as unknown as Error;
  assert.equal(step.kind, kind);
  return step.bytes!;
}

interface Run {
  suite?: SuiteName;
  coverage?: SignatureCoverage;
  client?: Partial<ClientOptions>;
  server?: Partial<ServerOptions>;
  /** Bytes that arrive together. */
  chunk?: number;
}

/** A handshake with random keys; returns the client's last step and the server's. */
async function handshake({ suite, coverage, client: own, server: theirs, chunk = 1000 }: Run) {
  const key = createEcdsaKey();
  const client = new XttClient(
    {
      root,
      groupId: common.group_id,
      longtermPublicKey: key.publicKey,
      ...(suite && { suite }),
      ...(coverage && { signatureCoverage: coverage }),
      ...own,
    },
    0,
  );
  const server = freshServer({
    assignId: ({ requestedId }) => requestedId ?? first.assigned_id,
    ...(coverage && { signatureCoverage: coverage }),
    ...theirs,
  });
  const deliver = <S extends Step>(
    to: { receive(bytes: Uint8Array, now: number): S },
    bytes: Uint8Array,
  ): S => {
    let step: S | undefined;
    for (let at = 0; at < bytes.length; at += chunk)
      step = to.receive(bytes.subarray(at, at + chunk), 1);
    return step!;
  };
  const serverAttest = bytesOf(deliver(server, client.clientInit), 'send');
  const sign = deliver(client, serverAttest);
  if (sign.kind !== 'sign') return { client: sign, server: undefined };
  const attestation = await signAttestation(sign.request, key, signer, randomBytes);
  const attest = bytesOf(client.attest(attestation, 2), 'send');
  const done = deliver(server, attest);
  return {
    client: deliver(client, done.kind === 'done' ? done.bytes : bytesOf(done, 'failed')),
    server: done,
    key,
  };
}

describe('XTT handshakes', () => {
  for (const vector of handshakes) {
    it(`are byte for byte those of the vectors, suite ${vector.suite}`, () => {
      const client = vectorClient(vector);
      const server = vectorServer(vector);
      assert.equal(hex(client.clientInit), hex(vector.client_init));
      const serverAttest = bytesOf(server.receive(client.clientInit, 1), 'send');
      assert.equal(hex(serverAttest), hex(vector.server_init_and_attest));
      const sign = client.receive(serverAttest, 2);
      assert.equal(sign.kind, 'sign');
      if (sign.kind !== 'sign') return;
      assert.equal(hex(sign.request.longtermBytes), hex(vector.longterm_sig_hash));
      const daaBytes = sign.request.daaBytes(vector.longterm_signature);
      assert.equal(hex(daaBytes), hex(vector.daa_sig_hash));
      const attest = bytesOf(client.attest(attestationOf(vector), 3), 'send');
      assert.equal(hex(attest), hex(vector.client_attest));
      const done = server.receive(attest, 4);
      assert.equal(hex(bytesOf(done, 'done')), hex(vector.server_finished));
      assert.ok(done.kind === 'done');
      assert.equal(hex(done.client.longtermKey), hex(common.longterm_public));
      assert.equal(hex(done.client.pseudonym), hex(vector.daa_signature.subarray(356)));
      assert.equal(done.client.requestedId, undefined);
      const last = client.receive(done.bytes, 5);
      assert.ok(last.kind === 'done');
      assert.equal(hex(last.clientId), hex(vector.assigned_id));
      assert.equal(client.deadline, undefined);
      assert.equal(server.deadline, undefined);
    });
  }

  it('with random keys end well, in all suites and coverages', async () => {
    const runs = Number(process.env.XTT_HANDSHAKES ?? suites.length);
    const pseudonyms = new Set<string>();
    for (let run = 0; run < runs; run++) {
      const { name, coverage } = suites[run % suites.length]!;
      const requestedId = run % 3 === 0 ? randomBytes(16) : undefined;
      const chunk = 1 + ((run * 97) % 800);
      const client = requestedId && { requestedId };
      const ends = await handshake({ suite: name, coverage, chunk, ...(client && { client }) });
      assert.ok(ends.server?.kind === 'done' && ends.client.kind === 'done');
      assert.equal(hex(ends.client.clientId), hex(requestedId ?? first.assigned_id));
      assert.equal(hex(ends.server.client.longtermKey), hex(ends.key!.publicKey));
      pseudonyms.add(hex(ends.server.client.pseudonym));
    }
    assert.equal(pseudonyms.size, 1);
  });

  it('of ends with other coverages end with the error suite', () => {
    const server = freshServer({ signatureCoverage: 'full' });
    assertFails(server.receive(first.client_init, 1), 'suite');
  });
});

const soak = process.env.XTT_SOAK !== undefined;

/** Offsets of a message: every one in the soak, else those around the fields' edges and some more. */
function offsetsOf(message: Uint8Array, edges: readonly number[]): number[] {
  const wanted = new Set(edges.flatMap((edge) => [edge, edge + 1, edge - 1]));
  return [...message.keys()].filter((at) => soak || at < 6 || wanted.has(at) || at % 41 === 0);
}

/** Every message with the receiving end that waits for it, and the error of a change at an offset. */
const receivers: {
  name: 'client_init' | 'server_init_and_attest' | 'client_attest' | 'server_finished';
  edges: readonly number[];
  receive: (vector: Handshake, bytes: Uint8Array) => Step;
  codeAt: (at: number) => XttErrorCode;
}[] = [
  {
    name: 'client_init',
    edges: [6, 38, 69],
    // What a server cannot see in the first message, its client sees in the answer.
    receive: (vector, bytes) => {
      const answer = vectorServer(vector).receive(bytes, 1);
      return answer.kind === 'send' ? vectorClient(vector).receive(answer.bytes, 1) : answer;
    },
    codeAt: () => 'decryption',
  },
  {
    name: 'server_init_and_attest',
    edges: [6, 38, 168, 337, 401, 416],
    receive: (vector, bytes) => vectorClient(vector).receive(bytes, 1),
    codeAt: () => 'decryption',
  },
  {
    name: 'client_attest',
    edges: [6, 136, 201, 233, 249, 313, 734, 749],
    receive: (vector, bytes) => answeredServer(vector).receive(bytes, 1),
    codeAt: (at) => (at < 136 ? 'cookie' : 'decryption'),
  },
  {
    name: 'server_finished',
    edges: [6, 22, 87, 102],
    receive: (vector, bytes) => attestedClient(vector).receive(bytes, 1),
    codeAt: () => 'decryption',
  },
];

function headerCode(at: number): XttErrorCode {
  if (at < 3) return 'malformed';
  return at === 3 ? 'version' : 'suite';
}

describe('changed messages', () => {
  for (const { name, edges, receive, codeAt } of receivers) {
    for (const vector of soak ? handshakes : [first]) {
      const message = vector[name];
      it(`${name}, suite ${vector.suite}: a changed byte ends the handshake with its error`, () => {
        for (const at of offsetsOf(message, edges)) {
          for (const bit of soak ? [1, 4, 16, 128] : [0x40]) {
            const changed = message.with(at, message[at]! ^ bit);
            const step = receive(vector, changed);
            assert.equal(step.kind, 'failed', `offset ${at}`);
            const code = step.error!.code;
            const isOtherSuite = name === 'client_init' && at === 5 && code === 'suite';
            if (at >= 6) assert.equal(code, codeAt(at), `offset ${at}`);
            // Some other type or suite is one that exists.
            else if (at === 0) assert.match(code, /^(malformed|unexpected-message)$/);
            else assert.ok(code === headerCode(at) || isOtherSuite, `offset ${at}: ${code}`);
          }
        }
      });

      it(`${name}, suite ${vector.suite}: without one byte it is never accepted`, () => {
        for (const at of offsetsOf(message, edges)) {
          const shorter = concat(message.subarray(0, at), message.subarray(at + 1));
          const step = receive(vector, shorter);
          if (step.kind !== 'failed') assert.equal(step.kind, 'wait', `offset ${at}`);
          if (step.kind === 'wait')
            assert.equal(receive(vector, message.subarray(0, at)).kind, 'wait');
        }
      });

      it(`${name}, suite ${vector.suite}: a doubled byte is refused`, () => {
        for (const at of offsetsOf(message, edges)) {
          const doubled = concat(message.subarray(0, at + 1), message.subarray(at));
          assert.equal(receive(vector, doubled).kind, 'failed', `offset ${at}`);
        }
        assertFails(receive(vector, concat(message, message)), 'unexpected-message');
      });
    }
  }
});

describe('an end of a handshake', () => {
  const others = [
    'client_init',
    'server_init_and_attest',
    'client_attest',
    'server_finished',
  ] as const;
  for (const { name, receive } of receivers) {
    it(`that waits for ${name} refuses every other message, and ends at an Error`, () => {
      for (const other of others) {
        if (other !== name) assertFails(receive(first, first[other]), 'unexpected-message');
      }
      assertFails(receive(first, errorMessage()), 'peer-error');
    });

    if (name === 'client_init') continue;

    it(`that waits for ${name} refuses the one of another suite`, () => {
      assertFails(receive(first, second[name]), 'suite');
    });

    it(`that waits for ${name} refuses the one of another handshake`, () => {
      const replayed = second[name].with(5, 1);
      assertFails(receive(first, replayed), 'decryption');
    });
  }

  it('refuses bytes while it signs', () => {
    const client = vectorClient(first);
    client.receive(first.server_init_and_attest, 1);
    assert.equal(client.receive(new Uint8Array(0), 1).kind, 'wait');
    assertFails(client.receive(first.server_finished, 1), 'unexpected-message');
    assert.equal(client.attest(attestationOf(first), 1).kind, 'ended');
  });

  it('ignores what arrives after its end', () => {
    const client = attestedClient(first);
    assert.equal(client.receive(first.server_finished, 2).kind, 'done');
    assert.equal(client.receive(first.server_finished, 2).kind, 'ended');
    const server = answeredServer(first);
    assert.equal(server.receive(first.client_attest, 2).kind, 'done');
    assert.equal(server.receive(first.client_attest, 2).kind, 'ended');
    assert.equal(server.abort().length, 0);
  });

  it('has a deadline, after which nothing counts', () => {
    for (const end of [vectorClient(first), answeredServer(first)]) {
      assert.equal(end.deadline, 30_000);
      assert.equal(end.expire(29_999).kind, 'wait');
      assertFails(end.expire(30_000), 'timeout');
      assert.equal(end.deadline, undefined);
    }
    assertFails(attestedClient(first).receive(first.server_finished, 30_000), 'timeout');
    const client = vectorClient(first);
    client.receive(first.server_init_and_attest, 1);
    assertFails(client.attest(attestationOf(first), 40_000), 'timeout');
  });

  for (const timeoutMs of [NaN, Infinity, -1, 0, 2 ** 31]) {
    it(`refuses a timeout of ${timeoutMs} ms`, () => {
      assert.throws(() => vectorServer(first, { timeoutMs }), hasCode('usage'));
      const options = { root, groupId: common.group_id, longtermPublicKey: common.longterm_public };
      assert.throws(() => new XttClient({ ...options, timeoutMs }, 0), hasCode('usage'));
    });
  }

  it('refuses a time that is not a number', () => {
    assert.throws(() => vectorClient(first, NaN), hasCode('usage'));
    assert.throws(() => vectorServer(first, {}, Infinity), hasCode('usage'));
    const client = vectorClient(first);
    assert.throws(() => client.receive(first.server_init_and_attest, NaN), hasCode('usage'));
    assert.equal(client.deadline, undefined);
  });

  it('can be aborted', () => {
    const client = vectorClient(first);
    assert.equal(hex(client.abort()), hex(errorMessage()));
    assert.equal(client.receive(first.server_init_and_attest, 1).kind, 'ended');
  });

  it('throws for mistakes of its caller', () => {
    assert.throws(() => vectorClient(first).attest(attestationOf(first), 1), hasCode('usage'));
    assert.throws(() => attestedClient(first).attest(attestationOf(first), 1), hasCode('usage'));
    const key = createEcdsaKey();
    assert.throws(() => vectorServer(first, { key }), hasCode('usage'));
    const short = answeredServer(first, { assignId: () => new Uint8Array(15) });
    assert.throws(() => short.receive(first.client_attest, 1), hasCode('usage'));
    const none = answeredServer(first, { assignId: () => new Uint8Array(16) });
    assert.throws(() => none.receive(first.client_attest, 1), hasCode('usage'));
    const options = { root, groupId: common.group_id, longtermPublicKey: common.longterm_public };
    const make = (more: object) => () => new XttClient({ ...options, ...more }, 0);
    assert.throws(make({ groupId: new Uint8Array(31) }), hasCode('usage'));
    assert.throws(make({ longtermPublicKey: new Uint8Array(64) }), hasCode('usage'));
    assert.throws(make({ requestedId: new Uint8Array(4) }), hasCode('usage'));
    const longtermPublicKey = hybrid(common.longterm_public);
    assert.throws(make({ longtermPublicKey }), hasCode('usage'));
    const failure = new TypeError('no database');
    const broken = answeredServer(first, {
      findGroup: () => {
        throw failure;
      },
    });
    assert.throws(() => broken.receive(first.client_attest, 1), failure);
    assert.equal(broken.deadline, undefined);
  });
});

/** The vector's keys, as only a peer that takes part has them. */
function keysOf(vector: Handshake) {
  const shared = x25519Key(vector.client_x25519_private).agree(
    x25519Key(vector.server_x25519_private).publicKey,
  );
  const suite = suites.find(({ id }) => id === vector.suite)!;
  return deriveKeys(suite, shared, vector.client_init, vector.server_init_and_attest);
}

/** The ClientAttest of the vector with other bytes in what is encrypted. */
function attestWith(offset: number, bytes: Uint8Array): Uint8Array {
  const plain = first.client_attest_plaintext.slice();
  plain.set(bytes, offset);
  const clear = first.client_attest.subarray(0, 136);
  return concat(clear, keysOf(first).seal('client', 0, plain, clear));
}

describe('a peer that has the keys and lies', () => {
  const rows: [string, number, Uint8Array, XttErrorCode, Partial<ServerOptions>?][] = [
    ['another longterm key', 0, common.server_public, 'longterm-signature'],
    ['a longterm key of zeros', 0, new Uint8Array(65), 'longterm-signature'],
    ['a longterm key in hybrid form', 0, hybrid(common.longterm_public), 'longterm-signature'],
    ['a wrong longterm signature', 113, new Uint8Array(64).fill(1), 'longterm-signature'],
    ['an unknown group', 65, first.nonce_c, 'group', { findGroup: () => undefined }],
    ['a DAA signature of another handshake', 177, second.daa_signature, 'daa-signature'],
    ['a DAA signature of zeros', 177, new Uint8Array(421), 'malformed'],
    [
      'a DAA signature with c = s = 1 and R = (1, 0)',
      177,
      concat(...[1n, 1n].map(fromInteger), Uint8Array.of(4), ...[1n, 0n].map(fromInteger)),
      'malformed',
    ],
    [
      'an id that the server refuses',
      97,
      first.assigned_id,
      'client-id',
      { assignId: () => undefined },
    ],
    [
      'a revoked membership',
      0,
      common.longterm_public,
      'revoked',
      { revoked: readRevocations({ secrets: [common.member_secret] }) },
    ],
  ];
  for (const [name, offset, bytes, code, options] of rows) {
    it(`as a client with ${name} is refused`, () => {
      assertFails(answeredServer(first, options).receive(attestWith(offset, bytes), 1), code);
    });
  }

  it('may request an id that no deployed signature covers', () => {
    const server = answeredServer(first, { assignId: ({ requestedId }) => requestedId });
    const done = server.receive(attestWith(97, first.assigned_id), 1);
    assert.ok(done.kind === 'done');
    assert.equal(hex(done.clientId), hex(first.assigned_id));
  });

  it('must name the group that the server found', () => {
    const server = answeredServer(first, { findGroup: () => ({ ...group, id: first.nonce_c }) });
    assert.throws(() => server.receive(first.client_attest, 1), hasCode('usage'));
  });

  const serverAttestWith = (offset: number, bytes: Uint8Array): Uint8Array => {
    const plain = concat(common.server_certificate, first.server_signature);
    plain.set(bytes, offset);
    const clear = first.server_init_and_attest.subarray(0, 168);
    return concat(clear, keysOf(first).seal('server', 0, plain, clear));
  };
  const foreign = readEcdsaKey(common.longterm_private).publicKey;
  const serverRows: [string, number, Uint8Array, XttErrorCode][] = [
    ['a certificate of another root', 24, new Uint8Array(16), 'root'],
    ['a certificate with another key', 40, foreign, 'certificate-signature'],
    ['a wrong signature of the root', 105, new Uint8Array(64).fill(1), 'certificate-signature'],
    ['a wrong signature', 169, second.server_signature, 'server-signature'],
  ];
  for (const [name, offset, bytes, code] of serverRows) {
    it(`as a server with ${name} is refused`, () => {
      assertFails(vectorClient(first).receive(serverAttestWith(offset, bytes), 1), code);
    });
  }

  const finishedWith = (id: Uint8Array, key: Uint8Array): Uint8Array => {
    const clear = first.server_finished.subarray(0, 6);
    return concat(clear, keysOf(first).seal('server', 1, concat(id, key), clear));
  };
  it('as a server that assigns no id, or confirms another key, is refused', () => {
    const none = finishedWith(new Uint8Array(16), common.longterm_public);
    assertFails(attestedClient(first).receive(none, 1), 'client-id');
    const other = finishedWith(first.assigned_id, common.server_public);
    assertFails(attestedClient(first).receive(other, 1), 'longterm-key');
  });

  it('as a server that assigns another id than the requested one is refused', async () => {
    const ends = await handshake({
      client: { requestedId: new Uint8Array(16).fill(7) },
      server: { assignId: () => first.assigned_id },
    });
    assertFails(ends.client, 'client-id');
  });

  it('with an X25519 key of low order is refused', () => {
    const weak = first.client_init.slice();
    weak.fill(0, 38);
    assertFails(freshServer().receive(weak, 1), 'key-agreement');
    const answer = first.server_init_and_attest.slice();
    answer.fill(0, 6, 38);
    assertFails(vectorClient(first).receive(answer, 1), 'key-agreement');
  });
});

describe('attestation', () => {
  it('refuses a signature of another longterm key, and of another size', async () => {
    const client = vectorClient(first);
    const sign = client.receive(first.server_init_and_attest, 1);
    assert.ok(sign.kind === 'sign');
    for (const signature of [second.longterm_signature, new Uint8Array(63)]) {
      const key = { publicKey: common.longterm_public, sign: () => signature };
      const attempt = signAttestation(sign.request, key, signer, randomBytes);
      await assert.rejects(attempt, hasCode('longterm-signature'));
    }
  });
});

describe('errors', () => {
  /** All that a log could show of an error, its causes included. */
  const textOf = (error: unknown): string =>
    inspect(error, {
      depth: Infinity,
      showHidden: true,
      maxArrayLength: null,
      breakLength: Infinity,
    });
  /** Whether `text` has a piece of `bytes` in a form that bytes are printed in. */
  const shows = (text: string, bytes: Uint8Array): boolean => {
    const piece = Buffer.from(bytes.subarray(0, 9));
    const forms = [piece.toString('hex'), piece.toString('base64'), piece.toString('latin1')];
    const numbers = [...piece].join(' ');
    return (
      forms.some((form) => text.toLowerCase().includes(form.toLowerCase())) ||
      text.replace(/[^0-9a-z]+/g, ' ').includes(numbers) ||
      text.replace(/[^0-9a-f]/g, '').includes(piece.toString('hex')) ||
      text.includes(toInteger(bytes).toString())
    );
  };

  it('would be seen to contain a secret, in each form', () => {
    const secret = first.dh_shared;
    const texts = [hex(secret), Buffer.from(secret).toString('base64'), `${toInteger(secret)}`];
    const errors = [
      ...texts.map((text) => new XttError('usage', `wrong: ${text}`)),
      new XttError('usage', 'wrong', { cause: secret }),
      new XttError('usage', 'wrong', { cause: { inner: Buffer.from(secret) } }),
      Object.assign(new XttError('usage', 'wrong'), { value: toInteger(secret) }),
    ];
    for (const error of errors) assert.ok(shows(textOf(error), secret), textOf(error));
    assert.ok(!shows(textOf(new XttError('usage', 'wrong')), secret));
  });

  it('contain no secret, and nothing of the peer but numbers of the header', () => {
    const point = (x: bigint, y: bigint): Uint8Array =>
      concat(Uint8Array.of(4), fromInteger(x), fromInteger(y));
    const beside = point(toInteger(first.nonce_c), toInteger(first.dh_shared) >> 2n);
    const signature = (at: number, bytes: Uint8Array): Uint8Array => {
      const changed = first.daa_signature.slice();
      changed.set(bytes, at);
      return attestWith(177, changed);
    };
    const server = (bytes: Uint8Array): Step => answeredServer(first).receive(bytes, 1);
    const steps = [
      ...receivers.flatMap(({ receive, name }) =>
        [0, 1, 3, 5, 6, 38, first[name].length - 1].map((at) =>
          receive(first, first[name].with(at, first[name][at]! ^ 0x40)),
        ),
      ),
      server(signature(0, new Uint8Array(32).fill(0xff))),
      server(signature(64, beside)),
      server(signature(64, point(toInteger(first.nonce_c), 0n))),
      server(signature(64, concat(Uint8Array.of(4), new Uint8Array(32).fill(0xff)))),
      server(signature(32, first.nonce_c.with(0, 1))),
      server(attestWith(0, beside)),
      server(attestWith(113, second.longterm_signature)),
    ];
    const failed = steps.filter(({ kind }) => kind === 'failed');
    const codes = new Set(failed.map(({ error }) => error!.code));
    for (const code of ['malformed', 'version', 'suite', 'cookie', 'decryption'] as const) {
      assert.ok(codes.has(code), code);
    }
    for (const code of ['daa-signature', 'longterm-signature'] as const) {
      assert.ok(codes.has(code), code);
    }
    const hidden = {
      client_key: first.client_key,
      server_key: first.server_key,
      shared: first.dh_shared,
      secret: first.handshake_secret,
      client_x25519: first.client_x25519_private,
      server_x25519: first.server_x25519_private,
      member: common.member_secret,
      nonce: first.nonce_c,
      cookie: first.server_cookie,
      y: beside.subarray(33),
      field: new Uint8Array(32).fill(0xff),
      pseudonym: first.daa_signature.subarray(357, 389),
    };
    for (const { error } of failed) {
      for (const [name, bytes] of Object.entries(hidden)) {
        assert.ok(!shows(textOf(error), bytes), `${name} in ${textOf(error)}`);
      }
    }
  });
});
