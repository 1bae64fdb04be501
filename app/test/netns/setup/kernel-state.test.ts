/** What enftun-setup makes of a real kernel, and what it leaves behind: nothing, whatever happens meanwhile. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { labFolder, logFile } from '../../harness/paths.ts';
import { hasLogged } from '../../harness/logged.ts';
import { until } from '../../harness/until.ts';
import { faultyFolder, makeFaulty, setFault, type Fault } from './faulty-programs.ts';
import { Gateway } from './gateway.ts';

const trusted = { 'route.trusted_interfaces': '[ "lan" ]' };
describe('enftun-setup on a kernel', () => {
  let gateway: Gateway;
  let asBefore: string;
  let programs: Record<'ip' | 'nft', string>;

  async function configureFaulty(): Promise<void> {
    await gateway.configure({ ...trusted, 'tun.ip_path': `"${programs.ip}"` });
  }
  async function withFault(what: Fault, at: number, command: string) {
    await setFault(what, at);
    return gateway.setUp(command, { path: `${faultyFolder}:${process.env.PATH}` });
  }
  async function assertAsBefore(): Promise<void> {
    assert.equal(await gateway.snapshot(), asBefore);
  }

  before(async () => {
    gateway = await Gateway.open();
    programs = await makeFaulty();
    // Link-local addresses, and their routes, take a moment to come.
    await until('a kernel at rest', 20, async () => {
      asBefore = await gateway.snapshot();
      return (asBefore.match(/local fe80::/g) ?? []).length >= 2;
    });
  });
  afterEach(function () {
    return this.currentTest?.state === 'failed' ? gateway.reset() : gateway.configure();
  });
  after(() => gateway.close());

  it('twice up and twice down is the same as once, and leaves nothing', async () => {
    await gateway.configure(trusted);
    await gateway.must('up');
    const once = await gateway.snapshot();
    assert.match(once, /policy drop/);
    assert.match(once, /"group":"363"/);
    await gateway.must('up');
    assert.equal(await gateway.snapshot(), once);
    assert.match(await gateway.must('status'), /^enf0: complete\n/);
    await gateway.must('down');
    await assertAsBefore();
    await gateway.must('down');
    await assertAsBefore();
  });

  // errors.md: trusted-absent
  it('trusts an interface that comes later', async () => {
    await gateway.configure({ 'route.trusted_interfaces': '[ "late" ]' });
    assert.ok(hasLogged((await gateway.setUp('up')).stderr, 'trusted-absent'));
    await gateway.machine.ip(['link add late type veth peer name far']);
    assert.match((await gateway.setUp('status')).stdout, /trusted interface late: not trusted yet/);
    await gateway.must('up');
    assert.match(await gateway.must('status'), /trusted interface late: trusted/);
    await gateway.must('down');
    await gateway.machine.ip(['link del late']);
    await assertAsBefore();
  });

  it('does the same by the commands of a dry run', async () => {
    await gateway.configure(trusted);
    const commands = await gateway.must('up --dry-run');
    await assertAsBefore();
    await gateway.must('up');
    const wanted = await gateway.snapshot();
    const removal = await gateway.must('down --dry-run');
    assert.equal(await gateway.snapshot(), wanted);
    await gateway.machine.run(['sh', '-e'], { input: removal });
    await assertAsBefore();
    await gateway.machine.run(['sh', '-e'], { input: commands });
    assert.equal(await gateway.snapshot(), wanted);
    assert.match(await gateway.must('status'), /^enf0: complete\n/);
    await gateway.must('down');
  });

  // errors.md: setup-killed
  it('is removed from every part of an up that was killed', async () => {
    await configureFaulty();
    let kills = 0;
    for (let at = 1; ; at++) {
      const { status } = await withFault('kill', at, 'up');
      if (status === 0) break;
      kills++;
      await gateway.must('down');
      await assertAsBefore();
    }
    assert.equal(kills, 4, 'nft, and ip three times');
  });

  it('is removed by as many downs as it takes when each is killed before its second change', async () => {
    await configureFaulty();
    await gateway.must('up');
    let kills = 0;
    while ((await withFault('kill', 2, 'down')).status !== 0) kills++;
    assert.ok(kills >= 3, `${kills} kills`);
    await assertAsBefore();
  });

  it('is completed by another up after one that was killed', async () => {
    await configureFaulty();
    await withFault('kill', 3, 'up');
    assert.equal((await gateway.setUp('status')).status, 3);
    await gateway.must('up');
    await gateway.must('status');
    await gateway.must('down');
  });

  // errors.md: setup-stopped
  it('leaves nothing when it is stopped in the middle', async () => {
    await configureFaulty();
    const { status, stderr } = await withFault('stop', 2, 'up');
    assert.equal(status, 1);
    assert.match(stderr, /stopped before it was complete; the machine is as it was before/);
    await assertAsBefore();
  });

  for (const at of [1, 4]) {
    // errors.md: step-fails
    it(`leaves nothing when change ${at} of up fails`, async () => {
      await configureFaulty();
      const { status, stderr } = await withFault('fail', at, 'up');
      assert.equal(status, 1);
      assert.match(stderr, /the machine is as it was before/);
      assert.ok(hasLogged(stderr, 'setup-failed'));
      await assertAsBefore();
    });
  }

  // errors.md: no-nftables
  it('refuses without nftables before it changes anything', async () => {
    const folder = `${labFolder}/without-nft`;
    await mkdir(folder, { recursive: true });
    await symlink('/usr/bin/id', `${folder}/id`);
    const { status, stderr } = await gateway.setUp('up', { path: folder });
    assert.equal(status, 1);
    assert.match(stderr, /install nftables/);
    await assertAsBefore();
  });

  // errors.md: table-in-use
  it('refuses a table that is in use, and leaves it alone', async () => {
    await gateway.machine.ip(['route add 10.0.0.0/8 dev wan table 2097'], '-4');
    const { status, stderr } = await gateway.setUp('up');
    await gateway.machine.ip(['route del 10.0.0.0/8 dev wan table 2097'], '-4');
    assert.equal(status, 1);
    assert.match(stderr, /table 2097 is in use/);
    await assertAsBefore();
  });

  // errors.md: interface-in-use
  it('refuses an interface that another program has', async () => {
    await gateway.machine.ip(['link add enf0 type veth peer name other']);
    const { status, stderr } = await gateway.setUp('up');
    await gateway.machine.ip(['link del enf0']);
    assert.equal(status, 1);
    assert.match(stderr, /interface enf0 exists/);
    await assertAsBefore();
  });

  // errors.md: rule-ahead
  it('leaves rules, groups and tables of others alone, and names a rule that comes first', async () => {
    const rule = 'priority 2097 from 10.9.0.0/16 lookup 77';
    await gateway.machine.ip([`rule add ${rule}`], '-4');
    await gateway.machine.ip(['link set lan group 5']);
    await gateway.machine.nft('add table ip other');
    const foreign = await gateway.snapshot();
    await gateway.configure(trusted);
    const { stderr } = await gateway.setUp('up');
    assert.ok(hasLogged(stderr, 'rule-ahead'), stderr);
    await gateway.must('status');
    await gateway.must('down');
    assert.equal(await gateway.snapshot(), foreign);
    await gateway.machine.nft('delete table ip other');
    await gateway.machine.ip([`rule del ${rule}`], '-4');
    await gateway.machine.ip(['link set lan group 0']);
    await assertAsBefore();
  });

  // errors.md: part-removed
  it('comes back after another program has removed parts of it', async () => {
    await gateway.must('up');
    const whole = await gateway.snapshot();
    await gateway.machine.run(['nft', 'flush', 'ruleset']);
    await gateway.machine.ip([`rule del priority 2097`], '-6');
    await gateway.machine.ip(['link set enf0 down']);
    const { status, stdout } = await gateway.setUp('status --json');
    assert.equal(status, 3);
    const { state, missing } = JSON.parse(stdout) as { state: string; missing: string[] };
    assert.equal(state, 'incomplete');
    assert.equal(missing.length, 5, missing.join('\n'));
    await gateway.must('up');
    assert.equal(await gateway.snapshot(), whole);
    await gateway.must('down');
  });

  it('follows a configuration that has changed, and removes the former', async () => {
    await gateway.configure(trusted);
    await gateway.must('up');
    await gateway.configure({ 'route.fwmark': '400', 'route.table': '4000' });
    await gateway.must('up');
    assert.doesNotMatch(await gateway.snapshot(), /2097 |0x16b|"group":"363"/);
    await gateway.configure({ 'route.prefixes': '[ "2001:db8:77::/48", "ff15::/16" ]' });
    await gateway.must('up');
    const prefixes = await gateway.snapshot();
    assert.match(prefixes, /2001:db8:77::\/48 dev enf0 table 2097/);
    assert.match(prefixes, /ff15::\/16 dev enf0 table local/);
    assert.match(prefixes, /unreachable ff15::\/16 dev lo table local/);
    assert.doesNotMatch(prefixes, /table inet|4000/);
    await gateway.must('down');
    await assertAsBefore();
  });

  it('keeps a prefix in the tunnel against better routes, bound sockets, and without the interface', async () => {
    const { machine } = gateway;
    const way = async (words: string): Promise<string> => {
      const got = await machine.run(['ip', '-6', 'route', 'get', ...words.split(' ')], {
        mayFail: true,
      });
      return / dev (\S+)/.exec(got.stdout)?.[1] ?? got.stderr.trim();
    };
    await gateway.configure({ 'route.prefixes': '[ "2001:db8:77::/48", "ff15::/16" ]' });
    await gateway.must('up');
    const rival = '2001:db8:77:1::/64 dev wan metric 1';
    await machine.ip([`route add ${rival}`], '-6');
    assert.equal(await way('2001:db8:77:1::9'), 'enf0');
    assert.match(await way('2001:db8:77:1::9 oif wan'), /unreachable|No route to host/);
    assert.equal(await way('2001:db8:77:1::9 mark 363'), 'wan');
    assert.equal(await way('2001:db8:78::9'), 'wan');
    assert.equal(await way('ff15::9'), 'enf0');
    await machine.ip(['link set enf0 down']);
    assert.match(await way('2001:db8:77:1::9'), /unreachable|No route to host/);
    assert.match(await way('ff15::9'), /unreachable|No route to host/);
    await machine.ip([`route del ${rival}`], '-6');
    await gateway.must('down');
    await assertAsBefore();
  });

  it('is removed where another program had made a rule of the same words', async () => {
    await gateway.machine.ip(['rule add priority 2091 fwmark 363 lookup main'], '-6');
    await gateway.must('up');
    await gateway.must('down');
    await assertAsBefore();
  });

  it('is removed whatever has become of its configuration', async () => {
    const file = await gateway.configureAs('changing', trusted);
    const rename = () => gateway.configureAs('changing', { 'tun.dev': '"enf7"' });
    await gateway.must('up', file);
    await rename();
    await gateway.must('down', file);
    await assertAsBefore();
    for (const damage of [() => writeFile(file, 'tun : {'), () => rm(file)]) {
      await gateway.configureAs('changing', trusted);
      await gateway.must('up', file);
      await damage();
      await gateway.must('down', file);
      await assertAsBefore();
    }
    await gateway.configureAs('changing', trusted);
    await gateway.must('up', file);
    await rename();
    await gateway.must('up', file);
    const renamed = await gateway.snapshot();
    assert.doesNotMatch(renamed, /enf0/);
    assert.match(renamed, /enf7/);
    await gateway.must('down', file);
    await assertAsBefore();
  });

  it('is recorded again after the records were lost', async () => {
    await gateway.must('up');
    const record = '/run/enftun-setup/enf0.json';
    const whole = await readFile(record, 'utf8');
    await rm('/run/enftun-setup', { recursive: true });
    await gateway.must('up');
    // What src_valid_mark was before is lost; the interfaces of group 363 are known.
    const again = await readFile(record, 'utf8');
    assert.equal(again, whole.replace('"validMark": "0"', '"validMark": null'));
    await gateway.must('down');
    await gateway.machine.settings({ 'ipv4/conf/all/src_valid_mark': 0 });
    await assertAsBefore();
  });

  it('stays when systemd-networkd starts, and manages another interface', async () => {
    await gateway.configure(trusted);
    await gateway.must('up');
    await mkdir('/run/systemd/network', { recursive: true });
    const network =
      '[Match]\nName=nd0\n[Network]\nAddress=203.0.113.1/24\nLinkLocalAddressing=no\n';
    await writeFile('/run/systemd/network/nd0.network', network);
    await gateway.machine.ip(['link add nd0 type veth peer name nd1', 'link set nd1 up']);
    // Without udev it manages interfaces only where /sys cannot be written.
    const start = ['unshare', '-m', 'sh', '-c', 'mount -o remount,ro /sys; exec systemd-networkd'];
    const networkd = gateway.machine.start('networkd', start, { log: logFile('networkd') });
    await networkd.until('an interface of networkd', 20, async () =>
      (await gateway.machine.run(['ip', '-4', 'address'])).stdout.includes('203.0.113.1'),
    );
    const note = await gateway.must('status');
    await networkd.kill();
    await gateway.machine.ip(['link del nd0']);
    assert.match(note, /^enf0: complete\n/);
    assert.match(note, /warning: systemd-networkd .*ManageForeignRoutingPolicyRules/);
    await gateway.must('down');
    await assertAsBefore();
  });

  it('has two tunnels side by side, which end in any order', async () => {
    const second = await gateway.configureAs('second', {
      ...trusted,
      'tun.dev': '"enf1"',
      'route.fwmark': '364',
      'route.table': '2098',
    });
    const first = await gateway.configureAs('first', trusted);
    await gateway.must('up', first);
    const alone = await gateway.snapshot();
    await gateway.must('up', second);
    for (const file of [first, second]) await gateway.must('status', file);
    await gateway.must('down', second);
    assert.equal(await gateway.snapshot(), alone);
    await gateway.must('down', first);
    await Promise.all([gateway.must('up', first), gateway.must('up', second)]);
    await gateway.must('down', first);
    await gateway.must('status', second);
    await gateway.must('down', second);
    await assertAsBefore();
  });
});
