/**
 * Random-looking bytes that both ends of a transfer can compute: a checksum then proves the way between them.
 */
import { createCipheriv, createHash } from 'node:crypto';

const chunkBytes = 64 * 1024;

/** The key stream of AES-CTR: fast, cannot be compressed, the same at both ends. */
export function* testBytes(count: number, seed: string): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  for (let left = count; left > 0; left -= chunkBytes) {
    yield cipher.update(Buffer.alloc(Math.min(left, chunkBytes)));
  }
}

export function testSha256(count: number, seed: string): string {
  const hash = createHash('sha256');
  for (const chunk of testBytes(count, seed)) hash.update(chunk);
  return hash.digest('hex');
}
