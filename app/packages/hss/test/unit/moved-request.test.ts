import assert from 'node:assert/strict';
import {
  encodeMovedReply,
  isMovedReply,
  isMovedRequest,
  movedReplyLength,
  movedRequestNumber,
  movedRequestType,
  windowOfRequest,
  windowRequestNumber,
} from '../../src/index.ts';

describe('the request that says that a host has moved', () => {
  const setup = {
    requestType: movedRequestType,
    request: movedRequestNumber,
    value: 0,
    index: 2,
    length: movedReplyLength,
  };

  it('is distinguished from others', () => {
    assert.equal(isMovedRequest(setup), true);
    assert.equal(isMovedRequest({ ...setup, length: 64 }), true);
    assert.equal(isMovedRequest({ ...setup, requestType: 0x41 }), false);
    assert.equal(isMovedRequest({ ...setup, request: windowRequestNumber }), false);
    assert.equal(isMovedRequest({ ...setup, length: movedReplyLength - 1 }), false);
    assert.equal(windowOfRequest({ ...setup, value: 256, length: 16 }), undefined);
  });

  it('has an answer, to which a later version may add', () => {
    const reply = encodeMovedReply();
    assert.equal(Buffer.from(reply).toString('hex'), '4853533101000000');
    assert.equal(isMovedReply(reply), true);
    assert.equal(isMovedReply(Uint8Array.of(...reply, 1, 2, 3)), true);
    assert.equal(isMovedReply(reply.subarray(1)), false);
    assert.equal(isMovedReply(new Uint8Array(movedReplyLength)), false);
  });
});
