import assert from 'node:assert/strict';
import { clip, firstPhrases } from '../../../src/core/bounded-text.ts';

describe('bounded text', () => {
  it('names the first phrases, each once, and counts the others', () => {
    assert.equal(firstPhrases(['a', 'b', 'a'], 2), 'a; b');
    assert.equal(firstPhrases(['a', 'b', 'c', 'd'], 2), 'a; b; and 2 more');
    assert.equal(firstPhrases(['a', 'b', 'c'], 1, ', '), 'a, and 2 more');
    assert.equal(firstPhrases([], 2), '');
  });

  it('keeps the beginning of a text that is too long', () => {
    assert.equal(clip('12345', 5), '12345');
    assert.equal(clip('123456789', 5), '12345… (4 more characters)');
  });
});
