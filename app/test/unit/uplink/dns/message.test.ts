import assert from 'node:assert/strict';
import { decode, encode, type Answer as AnswerRecord } from 'dns-packet';
import fc from 'fast-check';
import { seconds } from '../../../../src/core/time.ts';
import {
  encodeQuestion,
  readAnswer,
  type Answer,
  type Question,
} from '../../../../src/uplink/dns/message.ts';

const question: Question = { id: 0x1234, name: 'enf.example', type: 'A' };
const recursionAndAnswer = 0x0180;
const truncated = 0x0200;

interface Parts {
  id?: number;
  name?: string;
  type?: 'A' | 'AAAA';
  flags?: number;
  answers?: AnswerRecord[];
  isQuery?: boolean;
}

function message(parts: Parts = {}): Uint8Array {
  const { id = question.id, name = question.name, type = 'A', answers = [] } = parts;
  return encode({
    type: parts.isQuery ? 'query' : 'response',
    id,
    flags: parts.flags ?? recursionAndAnswer,
    questions: [{ name, type, class: 'IN' }],
    answers,
  });
}

const a = (data: string, name = 'enf.example', ttl = 300): AnswerRecord => ({
  type: 'A',
  name,
  data,
  ttl,
  class: 'IN',
});
const alias = (name: string, data: string, ttl = 300): AnswerRecord => ({
  type: 'CNAME',
  name,
  data,
  ttl,
  class: 'IN',
});
const found = (addresses: string[], ttl = 300): Answer => ({
  kind: 'addresses',
  addresses,
  ttl: seconds(ttl),
});
const chain = Array.from({ length: 20 }, (_, i) => alias(`n${i}.example`, `n${i + 1}.example`));

describe('DNS message', () => {
  it('asks one question, recursion desired', () => {
    const { id, questions, flag_rd, type } = decode(Buffer.from(encodeQuestion(question)));
    assert.deepEqual(
      { id, questions, flag_rd, type },
      {
        id: 0x1234,
        questions: [{ name: 'enf.example', type: 'A', class: 'IN' }],
        flag_rd: true,
        type: 'query',
      },
    );
  });

  it('asks for a name with a final dot as for the same without', () => {
    const dotted = encodeQuestion({ ...question, name: 'enf.example.' });
    assert.deepEqual(dotted, encodeQuestion(question));
  });

  const rows: readonly [string, Uint8Array, Answer][] = [
    [
      'addresses',
      message({ answers: [a('192.0.2.1'), a('192.0.2.2')] }),
      found(['192.0.2.1', '192.0.2.2']),
    ],
    [
      'the shortest lifetime',
      message({ answers: [a('192.0.2.1'), a('192.0.2.2', 'enf.example', 5)] }),
      found(['192.0.2.1', '192.0.2.2'], 5),
    ],
    [
      'a name in other letters',
      message({ name: 'ENF.Example', answers: [a('192.0.2.1', 'enf.EXAMPLE')] }),
      found(['192.0.2.1']),
    ],
    ['no address at all', message(), found([], 86_400)],
    [
      'an alias',
      message({ answers: [alias('enf.example', 'b.example', 60), a('192.0.2.9', 'b.example')] }),
      found(['192.0.2.9'], 60),
    ],
    [
      'an alias behind its target',
      message({ answers: [a('192.0.2.9', 'b.example'), alias('enf.example', 'b.example')] }),
      found(['192.0.2.9']),
    ],
    [
      'addresses of another name',
      message({ answers: [a('192.0.2.1', 'evil.example')] }),
      found([], 86_400),
    ],
    [
      'a lifetime of years',
      message({ answers: [a('192.0.2.1', 'enf.example', 0x7fffffff)] }),
      found(['192.0.2.1'], 86_400),
    ],
    [
      'an alias of itself',
      message({ answers: [alias('enf.example', 'enf.example')] }),
      { kind: 'failed', reason: 'its aliases form a loop' },
    ],
    [
      'too many aliases',
      message({ answers: [alias('enf.example', 'n0.example'), ...chain] }),
      { kind: 'failed', reason: 'its aliases form a loop' },
    ],
    ['no such name', message({ flags: recursionAndAnswer | 3 }), { kind: 'no such name' }],
    [
      'a failure',
      message({ flags: recursionAndAnswer | 2 }),
      { kind: 'failed', reason: 'SERVFAIL' },
    ],
    [
      'a refusal',
      message({ flags: recursionAndAnswer | 5 }),
      { kind: 'failed', reason: 'REFUSED' },
    ],
    [
      'a truncated answer, whatever is in it',
      message({ flags: recursionAndAnswer | truncated, answers: [a('192.0.2.1')] }),
      { kind: 'truncated' },
    ],
    ['another id', message({ id: 0x1235, answers: [a('192.0.2.1')] }), { kind: 'unrelated' }],
    ['another name', message({ name: 'other.example' }), { kind: 'unrelated' }],
    ['another type', message({ type: 'AAAA' }), { kind: 'unrelated' }],
    ['a question', message({ isQuery: true }), { kind: 'unrelated' }],
    ['no bytes', new Uint8Array(0), { kind: 'unrelated' }],
    ['half a header', message().subarray(0, 7), { kind: 'unrelated' }],
    [
      'an answer cut short',
      message({ answers: [a('192.0.2.1')] }).subarray(0, -2),
      { kind: 'failed', reason: 'its answer is damaged' },
    ],
    [
      'a name that points at itself',
      Buffer.from('123481800001000000000000c00c00010001', 'hex'),
      { kind: 'unrelated' },
    ],
    [
      'more records than bytes',
      Buffer.from('12348180ffffffffffffffff', 'hex'),
      { kind: 'unrelated' },
    ],
  ];
  for (const [name, bytes, expected] of rows) {
    it(`reads ${name}`, () => assert.deepEqual(readAnswer(bytes, question), expected));
  }

  it('never throws', () => {
    const good = message({
      answers: [alias('enf.example', 'b.example'), a('192.0.2.9', 'b.example')],
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length), (noise, at) => {
        readAnswer(noise, question);
        const damaged = Uint8Array.from(good);
        damaged.set(noise.subarray(0, damaged.length - at), at);
        const answer = readAnswer(damaged, question);
        if (answer.kind === 'addresses') assert.ok(answer.ttl >= 0 && answer.ttl <= 86_400_000);
      }),
    );
  });
});
