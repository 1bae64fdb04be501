/** The client of the identity service against the development one, over real TLS on loopback. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { milliseconds, type Clock } from '../../../../src/core/time.ts';
import { createAuthority } from '../../../../src/dev/pki/authority.ts';
import { generateKey, publicPoint } from '../../../../src/identity/certificate-writer.ts';
import { systemClock } from '../../../../src/platform/deadline-timer.ts';
import { CallError } from '../../../../src/programs/keygen/call-error.ts';
import type { IamClient } from '../../../../src/programs/keygen/iam-client.ts';
import { authority, Iam, network, password, user } from './iam-fixture.ts';

const secret = Buffer.from(password);
const point = publicPoint(generateKey().publicKey);
const wanted = { kind: 'address', text: 'fd00:8f80:1::77' } as const;
/** Every deadline has come a moment after it was set. */
const hasty: Clock = {
  now: () => systemClock.now(),
  schedule: (_, callback) => systemClock.schedule(milliseconds(300), callback),
};

async function both(client: IamClient, request: Parameters<IamClient['register']>[2] = wanted) {
  return client.register(await client.login(user, secret), user, request, point);
}

function failure(message: RegExp, mayHaveArrived: boolean) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof CallError);
    assert.match(error.message, message);
    assert.equal(error.message.includes(password), false);
    assert.equal(error.mayHaveArrived, mayHaveArrived, error.message);
    return true;
  };
}

describe('keygen/iam-client', () => {
  let iam: Iam | undefined;
  const others: (Server | ReturnType<typeof createServer>)[] = [];
  async function listening(server: Server | ReturnType<typeof createServer>): Promise<number> {
    others.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  }
  afterEach(() => {
    iam?.close();
    iam = undefined;
    for (const server of others.splice(0)) server.close();
  });

  it('registers a key for an address', async () => {
    iam = await Iam.start();
    const found = await both(iam.client());
    assert.equal(found.name, 'fd00:8f80:1::77');
    assert.deepEqual([...iam.registry.values()], ['fd00:8f80:1::77']);
  });

  it('registers a key for some address of a network', async () => {
    iam = await Iam.start();
    const found = await both(iam.client(), { kind: 'network', text: network });
    assert.match(found.addressText, /^fd00:8f80:1:0?:/);
    assert.deepEqual([...iam.registry.values()], [found.addressText]);
  });

  it('learns the network of the account from the login', async () => {
    iam = await Iam.start();
    assert.equal((await iam.client().login(user, secret)).network, network);
  });

  for (const [fault, message, mayHaveArrived] of [
    [
      'login:401',
      /^the login failed \(status 401: refused on request\); check the password of/,
      false,
    ],
    ['login:403', /^the login failed \(status 403: .*check the password of/, false],
    ['login:500', /status 500: refused on request\); double-check the user someone@/, true],
    ['login:html', /^the login failed \(status 500\); double-check the user/, true],
    ['login:redirect', /\(status 307\); .*redirects.*is not followed; check --iam-url/, false],
    ['login:upgrade', /does not answer as a web server does \(EPROTO\); check --iam-url/, true],
    ['login:truncated', /its answer is not JSON; check --iam-url/, true],
    ['login:endless', /its answer is longer than 65536 bytes/, true],
    ['401', /^fd00:8f80:1::77 was not registered \(status 401.*run the command again/, false],
    ['403', /status 403: .*check that someone@example.com may assign fd00:8f80:1::77/, false],
    ['409', /status 409.*belongs to another key already/, false],
    ['500', /status 500: refused on request\); .*double-check fd00:8f80:1::77/, true],
    ['html', /was not registered \(status 500\); an error occurred there; double-check/, true],
    ['redirect', /redirects to another place, which is not followed/, false],
    ['upgrade', /does not answer as a web server does \(EPROTO\)/, true],
    ['truncated', /accepted the registration, and its answer is not JSON/, true],
    ['endless', /its answer is longer than 65536 bytes/, true],
    ['untrusted', /its certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/, false],
  ] as const) {
    it(`explains ${fault}`, async () => {
      iam = await Iam.start(fault);
      await assert.rejects(both(iam.client()), failure(message, mayHaveArrived));
    });
  }

  for (const fault of ['login:silent', 'silent']) {
    it(`waits no longer than its deadline for ${fault}`, async () => {
      iam = await Iam.start(fault);
      await assert.rejects(
        both(iam.client({ clock: hasty })),
        failure(/no whole answer within/, true),
      );
    });
  }

  it('ends at once when it is interrupted, and says whether the request was on its way', async () => {
    iam = await Iam.start('silent');
    const stop = new AbortController();
    const { signal } = stop;
    const answer = both(iam.client({ signal }));
    const watch = setInterval(() => {
      if (iam?.log.lines.some((line) => line.includes('register'))) stop.abort();
    }, 5);
    await assert.rejects(answer, failure(/^interrupted$/, true));
    clearInterval(watch);
    await assert.rejects(both(iam.client({ signal })), failure(/^interrupted$/, false));
  });

  // errors.md: wrong-password
  it('explains a wrong password, without repeating it', async () => {
    iam = await Iam.start();
    await assert.rejects(
      iam.client().login(user, Buffer.from('wrong')),
      failure(/check the password of someone@example.com/, false),
    );
  });

  it('trusts no certificate of another authority, whatever the environment says', async () => {
    iam = await Iam.start();
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const client = iam.client({ ca: createAuthority().cert });
      await assert.rejects(both(client), failure(/is not trusted/, false));
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  // errors.md: untrusted-service
  it('sends nothing to a server with a certificate for another name', async () => {
    iam = await Iam.start();
    const base = new URL(`https://127.0.0.2:${iam.port}`);
    const forward = createServer((socket) => pipeBoth(socket, connect(iam!.port, '127.0.0.1')));
    others.push(forward);
    await once(forward.listen(iam.port, '127.0.0.2'), 'listening');
    await assert.rejects(both(iam.client({ base })), failure(/is for another name/, false));
    assert.deepEqual(iam.log.lines, []);
  });

  it('explains a service that is not there', async () => {
    const base = new URL(`https://127.0.0.1:${await listening(createServer())}`);
    others.pop()?.close();
    iam = new Iam();
    await assert.rejects(
      both(iam.client({ base })),
      failure(/connection refused; check the network/, false),
    );
    await assert.rejects(
      both(iam.client({ base: new URL('https://iam.invalid') })),
      failure(/iam\.invalid: the name cannot be resolved/, false),
    );
  });

  it('explains a service that speaks something else than TLS', async () => {
    const port = await listening(createServer((socket) => socket.end('220 ready\r\n')));
    iam = new Iam();
    const client = iam.client({ base: new URL(`https://localhost:${port}`) });
    await assert.rejects(both(client), failure(/does not answer as a web server does/, false));
  });

  describe('through a proxy', () => {
    const asked: string[] = [];
    const credentials: (string | undefined)[] = [];
    async function proxy(status: number): Promise<string> {
      const server = createHttpServer();
      server.on('connect', (request, client: Socket) => {
        asked.push(request.url ?? '');
        credentials.push(request.headers['proxy-authorization']);
        client.write(`HTTP/1.1 ${status} x\r\n\r\n`);
        if (status !== 200) return void client.end();
        pipeBoth(client, connect(iam!.port, '127.0.0.1'));
      });
      return `127.0.0.1:${await listening(server)}`;
    }
    beforeEach(() => {
      asked.splice(0);
      credentials.splice(0);
    });

    it('verifies the service all the same', async () => {
      iam = await Iam.start();
      const place = await proxy(200);
      const found = await both(iam.client({ proxyFor: () => `http://me:p%40ss@${place}` }));
      assert.equal(found.name, wanted.text);
      assert.deepEqual(asked, [`localhost:${iam.port}`, `localhost:${iam.port}`]);
      assert.equal(credentials[0], `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
      const strange = iam.client({ proxyFor: () => `http://${place}`, ca: createAuthority().cert });
      await assert.rejects(both(strange), failure(/is not trusted/, false));
    });

    it('takes a password as it is written, escaped or not', async () => {
      iam = await Iam.start();
      const place = await proxy(200);
      await both(iam.client({ proxyFor: () => `http://me:50%@${place}` }));
      assert.equal(credentials.at(-1), `Basic ${Buffer.from('me:50%').toString('base64')}`);
    });

    for (const [status, message] of [
      [
        407,
        /the proxy 127\.0\.0\.1:\d+ refuses.*407\); put its user and password into https_proxy/,
      ],
      [403, /refuses the connection \(status 403\); check its rules/],
    ] as const) {
      it(`explains status ${status} of the proxy, without its password`, async () => {
        iam = await Iam.start();
        const place = await proxy(status);
        const client = iam.client({ proxyFor: () => `http://me:hidden@${place}` });
        await assert.rejects(both(client), (error: Error) => {
          assert.doesNotMatch(error.message, /hidden/);
          return failure(message, false)(error);
        });
      });
    }

    it('explains a proxy that is not there, or no proxy', async () => {
      iam = new Iam();
      const gone = iam.client({ proxyFor: () => 'http://127.0.0.1:1' });
      await assert.rejects(both(gone), failure(/the proxy 127\.0\.0\.1:1 does not connect/, false));
      const nonsense = iam.client({ proxyFor: () => 'socks5://x' });
      await assert.rejects(
        both(nonsense),
        failure(/https_proxy or all_proxy is not of the form/, false),
      );
    });
  });

  it('finds the service below a path', async () => {
    iam = new Iam();
    const paths: string[] = [];
    const server = (await import('node:https')).createServer(
      authority.issueServer({ name: 'localhost' }),
      (request, response) => {
        paths.push(request.url ?? '');
        response.writeHead(404).end();
      },
    );
    const port = await listening(server);
    for (const folder of ['/behind/', '//other.example/', '/']) {
      const client = iam.client({ base: new URL(`https://localhost:${port}${folder}`) });
      await assert.rejects(both(client), failure(/no such service at this place/, false));
    }
    assert.deepEqual(paths, [
      '/behind/api/xcr/v2/xauth',
      '//other.example/api/xcr/v2/xauth',
      '/api/xcr/v2/xauth',
    ]);
  });
});

function pipeBoth(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => to.destroy());
    from.pipe(to);
  }
}
