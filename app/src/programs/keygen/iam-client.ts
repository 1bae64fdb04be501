/**
 * The ENF's identity service (IAM): a login that gives a token, and the registration of a public key for an address.
 * Each call has a deadline, and nothing is tried twice: a second registration might take a second address.
 */
import { Attempt } from '../../core/attempt.ts';
import { seconds, type Clock } from '../../core/time.ts';
import { describeRequest, type NamedRequest } from './address-request.ts';
import { CallError } from './call-error.ts';
import {
  readEndpoint,
  readLogin,
  readReason,
  type Endpoint,
  type Login,
  type Read,
} from './iam-answers.ts';
import { explainRefusal, type Call } from './iam-refusal.ts';
import { endpointBody, loginBody } from './iam-requests.ts';
import { post, type Answer } from './post.ts';

export const defaultIamUrl = 'https://xaptum.io';

/** For one call, from the name lookup to the last byte; there are two calls. */
export const callDeadline = seconds(30);

export interface IamOptions {
  /** Scheme and host, perhaps with a path in front of the service's own. */
  readonly base: URL;
  /** Trusted roots, PEM. */
  readonly ca: string;
  /** The proxy for a place; empty if there is none. */
  readonly proxyFor: (url: string) => string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class IamClient {
  readonly #options: IamOptions;

  constructor(options: IamOptions) {
    this.#options = options;
  }

  /** Rejects with a CallError. `password` is UTF-8, and the caller's to erase. */
  async login(user: string, password: Uint8Array): Promise<Login> {
    const body = loginBody(user, password);
    try {
      const answer = await this.#post('/api/xcr/v2/xauth', body, {});
      const refused = { call: 'login', user, subject: user } as const;
      return accepted(answer, readLogin, refused, [password]);
    } finally {
      body.fill(0);
    }
  }

  /** Registers `point`, an uncompressed public key. Rejects with a CallError. */
  async register(
    { token }: Login,
    user: string,
    request: NamedRequest,
    point: Uint8Array,
  ): Promise<Endpoint> {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await this.#post(
      '/api/xiam/v1/endpoints',
      endpointBody(request, point),
      headers,
    );
    const refused = { call: 'register', user, subject: describeRequest(request) } as const;
    return accepted(answer, (body) => readEndpoint(body, point), refused, [Buffer.from(token)]);
  }

  async #post(path: string, body: Uint8Array, headers: Record<string, string>): Promise<Answer> {
    const { base, ca, clock, signal: outer, proxyFor } = this.#options;
    const url = new URL(base);
    // Not as a relative reference: a path that begins with two slashes would name another host.
    url.pathname = base.pathname.replace(/\/+$/, '') + path;
    const attempt = new Attempt(outer);
    let isLate = false;
    const cancel = clock.schedule(callDeadline, () => {
      isLate = true;
      attempt.giveUp();
    });
    const { signal } = attempt;
    const standard = { Accept: 'application/json', 'Content-Type': 'application/json' };
    try {
      const proxy = proxyOf(proxyFor(url.href));
      return await post({ url, body, headers: { ...standard, ...headers }, ca, proxy, signal });
    } catch (error) {
      if (!signal.aborted || !(error instanceof CallError)) throw error;
      const problem = isLate
        ? `${url.host}: no whole answer within ${callDeadline / 1000} s; check the network, or try again later`
        : 'interrupted';
      const { mayHaveArrived } = error;
      const details = { errno: isLate ? 'ETIMEDOUT' : 'ECANCELED', syscall: 'post' };
      throw new CallError(problem, { ...details, mayHaveArrived, cause: error });
    } finally {
      cancel();
      attempt.giveUp();
    }
  }
}

function proxyOf(text: string): URL | undefined {
  if (text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new CallError(
    'https_proxy or all_proxy is not of the form http://HOST:PORT; correct that variable',
    {
      errno: 'EINVAL',
      syscall: 'connect',
      mayHaveArrived: false,
    },
  );
}

interface Subject {
  readonly call: Call;
  readonly user: string;
  readonly subject: string;
}

function accepted<Value>(
  { status, body }: Answer,
  read: (body: Uint8Array) => Read<Value>,
  subject: Subject,
  secrets: readonly Uint8Array[],
): Value {
  if (status < 200 || status > 299) {
    const reason = readReason(body, secrets);
    const problem = explainRefusal({ ...subject, status, reason });
    throw new CallError(problem, {
      errno: 'EREFUSED',
      syscall: 'post',
      mayHaveArrived: status >= 500,
    });
  }
  const found = read(body);
  if (found.ok) return found.value;
  const what = subject.call === 'login' ? 'the login' : 'the registration';
  const problem = `the service accepted ${what}, and its answer ${found.problem}; check --iam-url`;
  throw new CallError(problem, { errno: 'EFORMAT', syscall: 'post', mayHaveArrived: true });
}
