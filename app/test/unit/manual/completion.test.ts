/** The completions, really completed by bash. Those of zsh are parsed by zsh in `make test-install`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bashCompletion } from '../../../manual/bash-completion.ts';
import { completionTree } from '../../../manual/completion-tree.ts';
import { programPages } from '../../../manual/pages.ts';
import { zshCompletion } from '../../../manual/zsh-completion.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';

describe('the completion for bash', () => {
  const folder = scratchFolder();

  /** What bash offers for the last of these words, as a person types them. */
  function completed(...words: string[]): string[] {
    const [program] = words;
    const page = programPages.find(({ programs }) => programs[0] === program)!;
    const script = path.join(folder(), 'completion');
    mkdirSync(path.join(folder(), 'tunnels'), { recursive: true });
    writeFileSync(path.join(folder(), 'tunnels.conf'), '');
    writeFileSync(script, bashCompletion(program!, completionTree(page)));
    const run = `
      set -u
      source ./completion
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      $(complete -p "$1" | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
      ((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['-c', run, 'bash', ...words], {
      cwd: folder(),
      encoding: 'utf8',
    });
    return output.split('\n').filter((line) => line !== '');
  }

  const cases: [words: string, offered: string[]][] = [
    ['enftun st', ['status']],
    ['enftun --l', ['--log-level']],
    ['enftun --log-level w', ['warning']],
    ['enftun --log-level = d', ['debug']],
    ['enftun -c status c', ['check']],
    ['enftun -p remote.tl', ['remote.tls']],
    ['enftun check -c tun', ['tunnels', 'tunnels.conf']],
    ['enftun wifi c', ['country']],
    ['enftun wifi add --wp', ['--wpa2', '--wpa3']],
    ['enftun keygen --dir', ['--directory']],
    ['enftun keygen -e tun', ['tunnels']],
    ['enftun keygen -u nam', []],
    ['enftun-keygen --rep', ['--replace']],
    ['enf-server --tun-offload o', ['on', 'off']],
    ['enf-pki client --self', ['--self-signed']],
    ['enf-pki client --json show', []],
  ];
  for (const [words, offered] of cases) {
    it(`offers ${offered.join(' ') || 'nothing'} for: ${words}`, () => {
      assert.deepEqual(completed(...words.split(' ')).toSorted(), offered.toSorted());
    });
  }
});

describe('the completion for zsh', () => {
  it('has a function for each command', () => {
    const page = programPages.find(({ programs }) => programs[0] === 'enftun')!;
    const script = zshCompletion(page.programs, completionTree(page));
    for (const name of ['_enftun', '_enftun_status', '_enftun_wifi_add', '_enftun_keygen'])
      assert.ok(script.includes(`\n${name}() {\n`), name);
  });

  it('protects what _arguments would read', () => {
    const help = `print [one] of a:b, as it's needed`;
    const table = {
      program: 'tool',
      about: [],
      commands: { '': { options: { all: { short: 'a', help } }, help: 'run' } },
      exitStatus: [],
    };
    const script = zshCompletion(['tool'], completionTree({ table }));
    const text = `[print \\[one\\] of a\\:b, as it'\\''s needed]`;
    assert.ok(script.includes(`'(-a --all)'{-a,--all}'${text}'`), script);
  });
});
