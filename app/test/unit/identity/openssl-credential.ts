/**
 * Certificates that our own authority does not issue: other keys, other hashes, other extensions. Made by openssl(1).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Credential } from '../../../src/dev/pki/authority.ts';

export interface OpensslOptions {
  /** `EC:P-256`, `RSA:2048`, `ED25519`, `DSA`, `X25519`. */
  readonly key?: string;
  readonly subject?: string;
  readonly digest?: string;
  /** From now on; negative: over already. */
  readonly days?: number;
  /** Lines of a section of x509v3_config(5). */
  readonly extensions?: string;
}

/** Signed by `issuer`, or by itself. */
export function opensslCredential(options: OpensslOptions = {}, issuer?: Credential): Credential {
  const { key = 'EC:P-256', subject = '/CN=fd00:8f80:1::1234', digest = 'sha256' } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'enftun-openssl-'));
  const at = (name: string): string => path.join(folder, name);
  const openssl = (...argv: string[]): void =>
    void execFileSync('openssl', argv, { cwd: folder, stdio: 'pipe' });
  try {
    makeKey(openssl, key);
    writeFileSync(at('extensions'), options.extensions ?? '');
    // A request is signed, which not every key can: its own key is put in by -force_pubkey.
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'request.key');
    openssl('req', '-new', '-key', 'request.key', '-subj', subject, '-out', 'request');
    openssl('pkey', '-in', 'key', '-pubout', '-out', 'public');
    const sign = [
      'x509',
      '-req',
      '-in',
      'request',
      '-force_pubkey',
      'public',
      '-days',
      String(options.days ?? 999),
    ];
    const output = ['-extfile', 'extensions', '-out', 'cert'];
    if (issuer === undefined) {
      // EdDSA has its hash built in.
      const hash = key.startsWith('ED') ? [] : [`-${digest}`];
      openssl(...sign, '-signkey', 'key', ...hash, ...output);
    } else {
      writeFileSync(at('issuer.cert'), issuer.cert);
      writeFileSync(at('issuer.key'), issuer.key);
      const by = ['-CA', 'issuer.cert', '-CAkey', 'issuer.key', '-set_serial', '7'];
      openssl(...sign, ...by, `-${digest}`, ...output);
    }
    return { cert: readFileSync(at('cert'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeKey(openssl: (...argv: string[]) => void, key: string): void {
  const [algorithm = '', detail = ''] = key.split(':');
  if (algorithm === 'DSA') {
    const bits = ['-pkeyopt', 'dsa_paramgen_bits:1024'];
    openssl('genpkey', '-genparam', '-algorithm', 'DSA', ...bits, '-out', 'parameters');
    openssl('genpkey', '-paramfile', 'parameters', '-out', 'key');
    return;
  }
  const settings: Record<string, string> = {
    EC: `ec_paramgen_curve:${detail}`,
    RSA: `rsa_keygen_bits:${detail}`,
    'RSA-PSS': `rsa_keygen_bits:${detail}`,
  };
  const setting = settings[algorithm];
  const options = setting === undefined ? [] : ['-pkeyopt', setting];
  openssl('genpkey', '-algorithm', algorithm, ...options, '-out', 'key');
}
