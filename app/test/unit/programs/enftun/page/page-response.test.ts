import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { respond } from '../../../../../src/programs/enftun/page/page-response.ts';
import type { PageRequest } from '../../../../../src/programs/enftun/page/page-request.ts';
import { liveParts, pageScript } from '../../../../../src/programs/enftun/page/page-script.ts';
import type { StatusDocument } from '../../../../../src/status/status-document.ts';
import { status, upState, waitingState } from '../../../status/status-fixture.ts';

const request: PageRequest = {
  method: 'GET',
  target: '/',
  hosts: ['[fe80::1]'],
  origins: [],
  referers: [],
  fetchSites: [],
};
const json: PageRequest = { ...request, target: '/status.json' };

function get(asked: PageRequest, document: StatusDocument | undefined) {
  return respond(asked, () => Promise.resolve(document));
}

describe('the page', () => {
  it('says that the tunnel is up, its address and its server', async () => {
    const { status: code, body } = await get(request, status());
    assert.equal(code, 200);
    assert.match(
      body,
      /<section id="state" class="state good"><h1 [^>]*>Connected to the ENF<\/h1>/,
    );
    assert.match(body, /for 1 h 2 min/);
    assert.match(body, /fd00:8f80:1::1234/);
    assert.match(body, /192\.0\.2\.2, port 443, over tcp/);
  });

  it('says what is wrong and what to do when there is no tunnel', async () => {
    const { body } = await get(request, status({ tunnel: waitingState }));
    assert.match(body, /class="state bad"/);
    assert.match(body, /for 4 s; next attempt in 8 s/);
    assert.match(body, /The ENF stopped answering\./);
    assert.match(body, /What to do<\/b>If this repeats, check the network/);
  });

  it("keeps the operator's words among the details", async () => {
    const problem = '/data/k.pem: cannot be read: no such file or directory (ENOENT)';
    const { body } = await get(request, { ...status(), state: 'no-identity', problem });
    const [shown = '', more = ''] = body.split('<details>');
    assert.match(shown, /What to do<\/b>Contact the provider of the card and report:/);
    assert.doesNotMatch(shown, /k\.pem/);
    assert.match(
      more,
      /<dt>Reason<\/dt><dd>\/data\/k\.pem: cannot be read: no such file or directory</,
    );
  });

  it('counts packets and bytes of the same frames in one box', async () => {
    const { body } = await get(request, status());
    const text = body.replaceAll('\u00a0', ' ');
    assert.match(text, /From this computer<strong>1\.4 GiB<\/strong>1 234 567 packets/);
    assert.match(text, /To this computer<strong>78\.1 KiB<\/strong>900 packets/);
  });

  it('has the same parts on every page that looks again, and nothing in them that can have the focus', async () => {
    for (const document of [status(), status({ traffic: null }), undefined]) {
      const { body } = await get(request, document);
      for (const id of ['state', 'away', ...liveParts])
        assert.match(body, new RegExp(` id="${id}"`));
      const links = [...body.matchAll(/<(a|button|input|summary|select|textarea)\b/g)];
      assert.deepEqual(
        links.map(([, name]) => name),
        ['summary', 'a'],
      );
      assert.match(body, /<details><summary>Details<\/summary><div id="more">/);
      assert.match(body, /<\/div><\/details>\s*<footer>[^<]*<a /, 'the link is behind all parts');
    }
  });

  it('says so when the service does not answer, to people and to programs', async () => {
    const page = await get(request, undefined);
    assert.equal(page.status, 503);
    assert.match(page.body, /The tunnel service does not answer/);
    const program = await get(json, undefined);
    assert.equal(program.status, 503);
    assert.deepEqual(JSON.parse(program.body), { schema: 1, state: 'not-running' });
  });

  it('gives programs the same as the command line', async () => {
    const { status: code, headers, body } = await get(json, status());
    assert.deepEqual([code, headers['Content-Type']], [200, 'application/json']);
    assert.deepEqual(JSON.parse(body), status());
  });

  it('looks again by itself, but not where it was refused', async () => {
    const { body } = await get(request, status());
    assert.match(body, /<noscript><meta http-equiv="refresh" content="5"><\/noscript>/);
    assert.ok(body.includes(`<script>${pageScript}</script>`));
    const refused = await get({ ...request, hosts: ['evil.example'] }, status());
    assert.equal(refused.status, 421);
    assert.doesNotMatch(refused.body, /refresh|<script/);
  });

  it('shows nothing to a refused visitor', async () => {
    for (const asked of [
      { ...json, hosts: ['evil.example'] },
      { ...json, origins: ['http://evil.example'] },
    ]) {
      const { body } = await respond(asked, () => assert.fail('must not be asked'));
      assert.doesNotMatch(body, /fd00:8f80|192\.0\.2/);
    }
  });

  it('names the methods after another one', async () => {
    const { status: code, headers } = await get({ ...request, method: 'PUT' }, status());
    assert.deepEqual([code, headers.Allow], [405, 'GET, HEAD']);
  });

  it('turns no text from outside into markup', async () => {
    const hostile = `<script>alert("x")</script>'&`;
    const document = status({
      tunnel: {
        ...waitingState,
        address: hostile,
        lastDisconnect: { ...waitingState.lastDisconnect!, words: hostile, nextStep: hostile },
        tried: [{ transport: hostile, host: hostile, address: hostile, problem: hostile }],
      },
    });
    for (const phase of ['waiting', 'no-identity', 'not-ready'] as const) {
      const { body } = await get(request, { ...document, state: phase, problem: hostile });
      const own = body
        .replace(/<style>[\s\S]*<\/style>/, '')
        .replace(`<script>${pageScript}</script>`, '');
      assert.doesNotMatch(own, /<script|"x"|'&/);
      assert.match(own, /&#60;script&#62;/);
    }
  });

  it('runs nothing but its script, which asks the page alone, and cannot be framed, kept or read by other sites', async () => {
    const { headers, body } = await get(request, status({ tunnel: upState }));
    const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = headers['Content-Security-Policy'] ?? '';
    assert.match(policy, /^default-src 'none'; /);
    assert.ok(
      policy.includes(`style-src 'sha256-${hash}'`),
      'the style is the one that is allowed',
    );
    const script = /<script>([\s\S]*)<\/script>/.exec(body)?.[1] ?? '';
    const scriptHash = createHash('sha256').update(script).digest('base64');
    assert.ok(policy.includes(`script-src 'sha256-${scriptHash}'; connect-src 'self';`));
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers['Cache-Control'], 'no-store');
    assert.equal(headers['X-Content-Type-Options'], 'nosniff');
    assert.equal(headers['Cross-Origin-Resource-Policy'], 'same-origin');
    assert.ok(!Object.keys(headers).some((name) => /^access-control/i.test(name)));
    assert.equal(body.split('<script').length, 2);
    assert.doesNotMatch(body, /https?:|url\(|@import| style=/);
  });
});
