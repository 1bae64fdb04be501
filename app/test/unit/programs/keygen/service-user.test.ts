import assert from 'node:assert/strict';
import { ownerOfFiles, type Run } from '../../../../src/programs/keygen/service-user.ts';

/** A machine with two users, and a unit that runs as one of them or is not there. */
function machine(unit: string | undefined): Run {
  const ids: Record<string, string> = { enftun: '400', tunnel: '900', root: '0' };
  return (file, ...args) => {
    if (file === 'id') {
      const id = ids[args[1]!];
      return Promise.resolve(id && `${args[0] === '-u' ? id : Number(id) + 1}\n`);
    }
    assert.deepEqual([file, args.at(-1)], ['systemctl', 'enftun@enf1.service']);
    return Promise.resolve(unit);
  };
}

describe('keygen/service-user', () => {
  const ask = (unit: string | undefined, change: { wanted?: string; uid?: number } = {}) =>
    ownerOfFiles({
      configFile: '/etc/enftun/enf1.conf',
      wanted: undefined,
      uid: 0,
      run: machine(unit),
      ...change,
    });

  it('is the user of the unit, as systemd has it', async () => {
    const owner = await ask('LoadState=loaded\nUser=tunnel\n');
    assert.deepEqual(owner, { name: 'tunnel', uid: 900, gid: 901 });
    assert.equal((await ask('User=\nLoadState=loaded\n'))?.name, 'root');
  });

  it("is the product's own user without systemd, or without the unit", async () => {
    assert.equal((await ask(undefined))?.uid, 400);
    assert.equal((await ask('LoadState=not-found\nUser=\n'))?.uid, 400);
  });

  it('is the one who runs the program, if that is not root', async () => {
    assert.equal(await ask('LoadState=loaded\nUser=tunnel\n', { uid: 1000 }), undefined);
  });

  it('is the one who was named', async () => {
    assert.equal((await ask(undefined, { wanted: 'tunnel' }))?.uid, 900);
    await assert.rejects(ask(undefined, { wanted: 'nobody2' }), /has no such user/);
  });
});
