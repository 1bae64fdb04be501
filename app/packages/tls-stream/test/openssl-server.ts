/** A server that is OpenSSL's own program: it sends alerts and key updates, which those of Node.js do not. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serverIdentity, type Identity } from './certificates.ts';

export class OpensslServer {
  port = 0;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  #printed = '';

  static async start(args: readonly string[], ca: Identity): Promise<OpensslServer> {
    const server = new OpensslServer(args, ca);
    const [, port] = await server.until(/ACCEPT 127\.0\.0\.1:(\d+)/);
    server.port = Number(port);
    return server;
  }

  private constructor(args: readonly string[], ca: Identity) {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'tls-stream-'));
    const files = { cert: serverIdentity.cert, key: serverIdentity.key, CAfile: ca.cert };
    const options = Object.entries(files).flatMap(([name, text]) => {
      const file = path.join(this.#folder, name);
      writeFileSync(file, text);
      return [`-${name}`, file];
    });
    this.#process = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', ...options, ...args]);
    this.#process.stderr.resume();
  }

  /** Waits until the program has printed this. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#printed);
      if (match !== null) return match;
      const [chunk] = (await once(this.#process.stdout, 'data')) as [Buffer];
      this.#printed += chunk.toString();
    }
  }

  /** A command, or what the client gets. */
  type(line: string): void {
    assert.ok(this.#process.stdin.write(`${line}\n`));
  }

  close(): void {
    this.#process.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
