import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EnvironmentError } from '../../../src/core/errors.ts';
import { writeAddressFile } from '../../../src/identity/address-file.ts';
import { duidFile, ServerDuid } from '../../../src/identity/duid-file.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

describe('address file', () => {
  const folder = scratchFolder();

  it('holds the text and a line end, readable for all whatever the umask', async () => {
    const file = path.join(folder(), 'address');
    const umask = process.umask(0o077);
    try {
      await writeAddressFile(file, 'fd00::1');
    } finally {
      process.umask(umask);
    }
    assert.equal(readFileSync(file, 'utf8'), 'fd00::1\n');
    assert.equal(statSync(file).mode & 0o777, 0o644);
  });

  it('replaces an older file as a whole and leaves nothing beside it', async () => {
    const file = path.join(folder(), 'address');
    writeFileSync(file, 'fd00:8f80:1:2:3:4:5:6 and more\n', { mode: 0o600 });
    const before = statSync(file).ino;
    await writeAddressFile(file, 'fd00::1');
    assert.equal(readFileSync(file, 'utf8'), 'fd00::1\n');
    assert.equal(statSync(file).mode & 0o777, 0o644);
    assert.notEqual(statSync(file).ino, before, 'a new file was renamed into place');
    assert.deepEqual(readdirSync(folder()), ['address']);
  });

  it('is not written again when it says so already', async () => {
    const file = path.join(folder(), 'address');
    await writeAddressFile(file, 'fd00::1');
    const before = statSync(file, { bigint: true });
    await writeAddressFile(file, 'fd00::1');
    const after = statSync(file, { bigint: true });
    assert.deepEqual([after.ino, after.mtimeNs], [before.ino, before.mtimeNs]);
  });

  it('does not wait for a pipe, nor replace it', async () => {
    const file = path.join(folder(), 'address');
    execFileSync('mkfifo', [file]);
    await assert.rejects(writeAddressFile(file, 'fd00::1'), /is a pipe, which is not replaced/);
    assert.ok(lstatSync(file).isFIFO());
  });

  it('names file and remedy when its folder is missing', async () => {
    const file = path.join(folder(), 'missing', 'address');
    await assert.rejects(writeAddressFile(file, 'fd00::1'), (error) => {
      assert.ok(error instanceof EnvironmentError, String(error));
      assert.equal(error.errno, 'ENOENT');
      assert.equal(
        error.message,
        `${file}: cannot be written: no such file or directory; create its folder`,
      );
      return true;
    });
  });

  it('leaves no temporary file when the place is taken by a folder', async () => {
    await assert.rejects(writeAddressFile(folder(), 'fd00::1'), EnvironmentError);
    assert.deepEqual(readdirSync(folder()), []);
    const beside = readdirSync(path.dirname(folder()));
    assert.deepEqual(
      beside.filter((name) => name.startsWith(`.${path.basename(folder())}`)),
      [],
    );
  });
});

describe('DUID file', () => {
  const folder = scratchFolder();
  let warnings: string[];
  /** As a process that has just started. */
  const started = (): ServerDuid =>
    new ServerDuid((code, message) => warnings.push(`${message} [${code}]`));
  const load = (file: string): Promise<Uint8Array> => started().load(file);
  beforeEach(() => {
    warnings = [];
  });

  it('lies beside the certificate', () => {
    assert.equal(duidFile('/data/enftun/enf0/enf0.crt.pem'), '/data/enftun/enf0/dhcp6.duid');
    assert.equal(duidFile('enf0.crt.pem'), 'dhcp6.duid');
  });

  it('is made at the first start and kept from then on', async () => {
    const file = path.join(folder(), 'dhcp6.duid');
    const first = await load(file);
    assert.equal(first.length, 18);
    assert.deepEqual([...first.subarray(0, 2)], [0, 4], 'DUID-UUID, RFC 6355');
    assert.equal(statSync(file).mode & 0o777, 0o644);
    assert.deepEqual(await load(file), first);
    assert.deepEqual(warnings, []);
  });

  it('differs from device to device', async () => {
    const one = await load(path.join(folder(), 'one'));
    const two = await load(path.join(folder(), 'two'));
    assert.notDeepEqual(one, two);
  });

  it('is the UUID of its text, in the order of the text', async () => {
    const file = path.join(folder(), 'dhcp6.duid');
    writeFileSync(file, '00112233-4455-6677-8899-AABBCCDDEEFF');
    const duid = await load(file);
    assert.equal(Buffer.from(duid).toString('hex'), '000400112233445566778899aabbccddeeff');
    assert.deepEqual(warnings, []);
  });

  const malformed: [title: string, content: string][] = [
    ['empty, as a power cut may leave a file', ''],
    ['of zero bytes', '\0'.repeat(37)],
    ['with a digit too few', '00112233-4455-6677-8899-aabbccddeef\n'],
    ['with a second line', '00112233-4455-6677-8899-aabbccddeeff\n\n'],
    ['with a letter that is not a digit', '00112233-4455-6677-8899-aabbccddeefg\n'],
  ];
  for (const [title, content] of malformed) {
    it(`is made again, with a warning, when ${title}`, async () => {
      const file = path.join(folder(), 'dhcp6.duid');
      writeFileSync(file, content);
      const duid = await load(file);
      assert.deepEqual(warnings, [
        `${file}: does not hold a UUID; storing a new DHCPv6 server identifier [server-duid-replaced]`,
      ]);
      assert.deepEqual(await load(file), duid);
      assert.equal(warnings.length, 1, 'the new one is good');
    });
  }

  it('serves for one run where it cannot be kept', async () => {
    const file = path.join(folder(), 'missing', 'dhcp6.duid');
    assert.equal((await load(file)).length, 18);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /create its folder; .*\[server-duid-not-stored\]/);
  });

  it('stays the same for the life of the process where it cannot be kept', async () => {
    const duid = started();
    const file = path.join(folder(), 'missing', 'dhcp6.duid');
    const first = await duid.load(file);
    assert.deepEqual(await duid.load(file), first, 'after a reload');
    assert.notDeepEqual(await load(file), first, 'after a restart');
  });

  it('is stored again when its file has gone', async () => {
    const duid = started();
    const file = path.join(folder(), 'dhcp6.duid');
    const first = await duid.load(file);
    unlinkSync(file);
    assert.deepEqual(await duid.load(file), first);
    assert.deepEqual(await load(file), first, 'after a restart');
    assert.deepEqual(warnings, []);
  });

  it('is the one of the file where that is another now', async () => {
    const duid = started();
    const file = path.join(folder(), 'dhcp6.duid');
    await duid.load(file);
    writeFileSync(file, '00112233-4455-6677-8899-aabbccddeeff\n');
    assert.equal(
      Buffer.from(await duid.load(file))
        .toString('hex')
        .slice(4, 12),
      '00112233',
    );
  });

  it('is not read from a pipe, and does not replace it', async () => {
    const file = path.join(folder(), 'dhcp6.duid');
    execFileSync('mkfifo', [file]);
    assert.equal((await load(file)).length, 18);
    assert.match(warnings.join(), /is not a regular file but a pipe; .*\[server-duid-not-stored\]/);
    assert.ok(lstatSync(file).isFIFO());
  });

  it('serves for one run where its place is a folder', async () => {
    assert.equal((await load(folder())).length, 18);
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings[0] ?? '', /is not a regular file but a folder/);
  });
});
