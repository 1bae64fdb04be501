import assert from 'node:assert/strict';
import { stepsFor } from '../../../../src/programs/setup/changes.ts';
import { conflictOf } from '../../../../src/programs/setup/conflicts.ts';
import type { LinkState } from '../../../../src/programs/setup/kernel-state.ts';
import { isFulfilled } from '../../../../src/programs/setup/wish.ts';
import { bareState, plan } from './plans.ts';

const made: LinkState = {
  isTun: true,
  isPersistent: true,
  owner: 'enftun',
  mtu: 1280,
  isUp: true,
  alias: 'enftun-setup',
};

describe('setup/conflicts', () => {
  function conflict(link: Partial<LinkState>, isMade = false): string | undefined {
    return conflictOf(plan(), bareState({ link: { ...made, ...link } }), [], isMade);
  }

  it('takes an interface that an earlier up has made, with its alias or before it had one', () => {
    assert.equal(conflict({}), undefined);
    assert.equal(conflict({ alias: undefined }, true), undefined);
  });

  // errors.md: interface-in-use
  const refused: [what: string, link: Partial<LinkState>, message: RegExp][] = [
    ['a TUN of another program', { alias: undefined }, /was made by another program; delete it/],
    ['a TUN of a program that runs', { isPersistent: false }, /end that program/],
    ['an uplink', { isTun: false }, /exists and is not a TUN interface; set tun\.dev/],
    [
      'a TUN that every user may open',
      { owner: undefined },
      /open to every user instead of enftun/,
    ],
    ['a TUN of another user', { owner: 'mallory' }, /belongs to user mallory instead of enftun/],
  ];
  for (const [what, link, message] of refused) {
    it(`refuses ${what}`, () => assert.match(conflict(link) ?? '', message));
  }

  it('makes no interface without an owner', () => {
    const link = { kind: 'link', name: 'enf0', owner: 'root' } as const;
    const [step] = stepsFor([link], bareState(), 'up');
    assert.equal(step?.run === 'ip' && step.lines[0], 'tuntap add dev enf0 mode tun user root');
    assert.ok(!isFulfilled(link, bareState({ link: { ...made, owner: undefined } })));
  });
});
