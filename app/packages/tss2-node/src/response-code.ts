/**
 * Response codes in the specification's names (TPM 2.0 Library part 1, 39.4 and part 2, 6.6): which code, which handle,
 * parameter or session it blames, and whether a retry helps. The upper half names the layer of tpm2-tss that made it.
 */
import {
  errorNames,
  formatOneNames,
  layerNames,
  libraryNames,
  warningNames,
} from './response-code-names.ts';

/** What a format 1 code blames; `number` counts from 1, and 0 means that the TPM did not say which. */
export interface Blame {
  readonly kind: 'handle' | 'parameter' | 'session';
  readonly number: number;
}

/**
 * `'now'`: the same command, sent again, should succeed; this package has done so before it reports the code.
 * `'later'`: the same command succeeds when the state that the hint names has passed. `'no'`: another command is
 * needed.
 */
export type RetryAdvice = 'now' | 'later' | 'no';

export interface ResponseCode {
  readonly value: number;
  /** `"TPM_RC_VALUE"`; a code of tpm2-tss is `"TSS2_TCTI_RC_IO_ERROR"`; undefined if nothing names it. */
  readonly name: string | undefined;
  readonly layer: string;
  readonly blame: Blame | undefined;
  readonly retry: RetryAdvice;
  /** The operator's next step; empty if there is none to give. */
  readonly hint: string;
  /** For a message: `"TPM_RC_VALUE (0x1c4) for parameter 1"`. */
  readonly text: string;
}

const formatOne = 0x080;
const version2 = 0x100;
const vendor = 0x400;
const warning = 0x800;
/** In format 1: a parameter is blamed, by four bits; else a handle, or with the bit of warnings a session, by three. */
const onParameter = 0x040;
const formatOneErrors = 0x03f;
const formatZeroErrors = 0x07f;
/** The one code that TPM 1.2 and 2.0 share: the tag of the command was wrong. */
const badTag = 0x01e;
/** Layers in which codes of the TPM arrive: its own, the kernel's resource manager, and that of tpm2-abrmd. */
const tpmLayer = 0;
const kernelLayer = 11;
const resourceManagerLayer = 12;

export function decodeResponseCode(value: number): ResponseCode {
  const layerNumber = (value >>> 16) & 0xff;
  const layer = layerNames[layerNumber] ?? `layer ${layerNumber}`;
  const code = value & 0xffff;
  // The kernel's resource manager returns codes of the TPM in layer 11, beside the base codes of that layer.
  const isKernels = layerNumber === kernelLayer && (code & (formatOne | version2)) !== 0;
  const isFromTpm = layerNumber === tpmLayer || layerNumber === resourceManagerLayer || isKernels;
  const name = isFromTpm ? tpmName(code) : libraryName(layer, code);
  const blame = isFromTpm ? blameOf(code) : undefined;
  const { retry = 'no', hint = '' } = (name === undefined ? undefined : advice[name]) ?? {};
  return { value, name, layer, blame, retry, hint, text: describe(value, name, layer, blame) };
}

function tpmName(code: number): string | undefined {
  const base = baseName(code);
  return base === undefined ? undefined : `TPM_RC_${base}`;
}

function baseName(code: number): string | undefined {
  if (code === 0) return 'SUCCESS';
  if (code & formatOne) return formatOneNames[code & formatOneErrors];
  if (code === badTag) return 'BAD_TAG';
  if (!(code & version2) || code & vendor) return undefined;
  return (code & warning ? warningNames : errorNames)[code & formatZeroErrors];
}

function libraryName(layer: string, code: number): string | undefined {
  const base = libraryNames[code];
  return base === undefined ? undefined : `TSS2_${layer}_RC_${base}`;
}

function blameOf(code: number): Blame | undefined {
  if (!(code & formatOne)) return undefined;
  if (code & onParameter) return { kind: 'parameter', number: (code >>> 8) & 0xf };
  return { kind: code & warning ? 'session' : 'handle', number: (code >>> 8) & 0x7 };
}

function describe(
  value: number,
  name: string | undefined,
  layer: string,
  blame: Blame | undefined,
): string {
  const hex = `0x${value.toString(16).padStart(3, '0')}`;
  const origin = layer === 'TPM' || name?.startsWith('TSS2_') ? '' : ` from ${layer}`;
  const what = name === undefined ? `response code ${hex}` : `${name} (${hex})`;
  if (blame === undefined) return what + origin;
  return `${what}${origin} for ${blame.number === 0 ? `a ${blame.kind}` : `${blame.kind} ${blame.number}`}`;
}

const notLoaded = { hint: 'the object or session has been flushed; load it again' } as const;
const flush = 'flush objects that are not in use, or use a resource manager such as /dev/tpmrm0';

const advice: Readonly<
  Record<string, { readonly retry?: RetryAdvice; readonly hint?: string } | undefined>
> = {
  TPM_RC_RETRY: { retry: 'now' },
  TPM_RC_YIELDED: { retry: 'now' },
  TPM_RC_TESTING: { retry: 'now', hint: 'the self-test takes longer than the retries' },
  TPM_RC_NV_RATE: { retry: 'later', hint: 'the TPM limits writes to its memory; wait a minute' },
  TPM_RC_NV_UNAVAILABLE: { retry: 'later', hint: "the TPM's memory is not accessible yet" },
  TPM_RC_LOCKOUT: {
    retry: 'later',
    hint: 'wait for the recovery time of dictionaryAttackState(), or reset it with the lockout authorization',
  },
  TPM_RC_OBJECT_MEMORY: { retry: 'later', hint: flush },
  TPM_RC_OBJECT_HANDLES: { retry: 'later', hint: flush },
  TPM_RC_SESSION_MEMORY: { retry: 'later', hint: 'close sessions that are not in use' },
  TPM_RC_SESSION_HANDLES: { retry: 'later', hint: 'close sessions that are not in use' },
  TPM_RC_MEMORY: { retry: 'later', hint: flush },
  TPM_RC_CANCELED: { retry: 'later' },
  TPM_RC_INITIALIZE: { hint: 'the TPM waits for TPM2_Startup, which is the task of the firmware' },
  TPM_RC_FAILURE: { hint: 'the TPM failed its self-test; reset the machine' },
  TPM_RC_REBOOT: { hint: 'restart the machine' },
  TPM_RC_UPGRADE: { hint: 'a firmware upgrade of the TPM is under way' },
  TPM_RC_AUTH_FAIL: {
    hint: 'the authorization value is wrong; each failure counts towards the lockout',
  },
  TPM_RC_BAD_AUTH: { hint: 'the authorization value is wrong' },
  TPM_RC_HANDLE: { hint: 'nothing has this handle on this TPM' },
  TPM_RC_NV_UNINITIALIZED: { hint: 'the index has never been written' },
  TPM_RC_NV_DEFINED: { hint: 'the handle is taken; choose another or remove what is there' },
  TPM_RC_NV_SPACE: { hint: 'remove indexes or persistent objects that are not in use' },
  TPM_RC_INTEGRITY: { hint: 'the private part is damaged or belongs to another parent or TPM' },
  TPM_RC_COMMAND_CODE: { hint: 'this TPM does not have the command' },
  TPM_RC_CURVE: { hint: 'this TPM does not have the curve' },
  TPM_RC_REFERENCE_H0: notLoaded,
  TPM_RC_REFERENCE_H1: notLoaded,
  TPM_RC_REFERENCE_H2: notLoaded,
  TPM_RC_REFERENCE_S0: notLoaded,
  TPM_RC_REFERENCE_S1: notLoaded,
  TPM_RC_REFERENCE_S2: notLoaded,
};
