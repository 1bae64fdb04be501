/** The development identity service on a loopback port, and a client of it. */
import { createAuthority } from '../../../../src/dev/pki/authority.ts';
import { parseIamFault } from '../../../../src/dev/enf-server/iam/faults.ts';
import { IamServer } from '../../../../src/dev/enf-server/iam/iam-server.ts';
import { systemClock } from '../../../../src/platform/deadline-timer.ts';
import { IamClient, type IamOptions } from '../../../../src/programs/keygen/iam-client.ts';
import { MemoryLog } from '../../platform/memory-log.ts';
import { parseIpv6 } from '../../../../src/wire/ipv6-address.ts';

export const user = 'someone@example.com';
export const password = 'p4ss "wörd" \\ with\tall';
export const network = 'fd00:8f80:1::/64';
export const authority = createAuthority();
const pair = authority.issueServer({ name: 'localhost', alternativeNames: ['127.0.0.1'] });

export class Iam {
  readonly registry = new Map<string, string>();
  readonly log = new MemoryLog();
  readonly #server: IamServer;
  port = 0;

  constructor(faults: readonly string[] = []) {
    this.#server = new IamServer({
      ...pair,
      user,
      password,
      network: parseIpv6('fd00:8f80:1::')!,
      registry: this.registry,
      faults: faults.map((text) => parseIamFault(text)!),
      log: this.log,
    });
  }

  static async start(...faults: string[]): Promise<Iam> {
    const iam = new Iam(faults);
    iam.port = await iam.#server.listen('127.0.0.1', 0);
    return iam;
  }

  get url(): URL {
    return new URL(`https://localhost:${this.port}`);
  }

  client(options: Partial<IamOptions> = {}): IamClient {
    return new IamClient({
      base: this.url,
      ca: authority.cert,
      proxyFor: () => '',
      clock: systemClock,
      signal: new AbortController().signal,
      ...options,
    });
  }

  close(): void {
    this.#server.close();
  }
}
