/** Numbers of TPM 2.0 Library part 2, as far as this package uses them. Any other number may be passed as it is. */

/** TPM_CC. */
export const commandCodes = {
  EvictControl: 0x120,
  NV_UndefineSpace: 0x122,
  NV_DefineSpace: 0x12a,
  CreatePrimary: 0x131,
  NV_Write: 0x137,
  DictionaryAttackLockReset: 0x139,
  DictionaryAttackParameters: 0x13a,
  NV_Read: 0x14e,
  Create: 0x153,
  Load: 0x157,
  Sign: 0x15d,
  FlushContext: 0x165,
  LoadExternal: 0x167,
  NV_ReadPublic: 0x169,
  ReadPublic: 0x173,
  GetCapability: 0x17a,
  GetRandom: 0x17b,
  Hash: 0x17d,
  Commit: 0x18b,
} as const;

/** TPM_ALG_ID. */
export const algorithms = {
  RSA: 0x0001,
  SHA1: 0x0004,
  AES: 0x0006,
  KEYEDHASH: 0x0008,
  SHA256: 0x000b,
  SHA384: 0x000c,
  SHA512: 0x000d,
  NULL: 0x0010,
  RSASSA: 0x0014,
  RSAES: 0x0015,
  RSAPSS: 0x0016,
  OAEP: 0x0017,
  ECDSA: 0x0018,
  ECDH: 0x0019,
  ECDAA: 0x001a,
  SM2: 0x001b,
  ECSCHNORR: 0x001c,
  ECMQV: 0x001d,
  ECC: 0x0023,
  SYMCIPHER: 0x0025,
  CFB: 0x0043,
} as const;

/** TPM_ECC_CURVE. */
export const curves = {
  NIST_P256: 0x0003,
  NIST_P384: 0x0004,
  NIST_P521: 0x0005,
  BN_P256: 0x0010,
  BN_P638: 0x0011,
} as const;

/** TPM_RH and TPM_RS. */
export const hierarchies = {
  owner: 0x40000001,
  null: 0x40000007,
  lockout: 0x4000000a,
  endorsement: 0x4000000b,
  platform: 0x4000000c,
} as const;

/** The first handle of each type (TPM_HT), for `listCapability('handles', …)`. */
export const firstHandles = {
  nvIndex: 0x01000000,
  loadedSession: 0x02000000,
  savedSession: 0x03000000,
  permanent: 0x40000000,
  transient: 0x80000000,
  persistent: 0x81000000,
} as const;

/** TPM_RS_PW: the authorization is a password in clear. */
export const passwordSession = 0x40000009;

/** TPMA_OBJECT. */
export const objectAttributes = {
  fixedTPM: 0x00000002,
  stClear: 0x00000004,
  fixedParent: 0x00000010,
  sensitiveDataOrigin: 0x00000020,
  userWithAuth: 0x00000040,
  adminWithPolicy: 0x00000080,
  noDA: 0x00000400,
  restricted: 0x00010000,
  decrypt: 0x00020000,
  sign: 0x00040000,
} as const;

/** TPMA_NV. */
export const nvAttributes = {
  ownerWrite: 0x00000002,
  authWrite: 0x00000004,
  ownerRead: 0x00020000,
  authRead: 0x00040000,
  noDA: 0x02000000,
  written: 0x20000000,
} as const;

/** TPM_CAP. */
export const capabilities = {
  algorithms: 0,
  handles: 1,
  commands: 2,
  properties: 6,
  curves: 8,
} as const;

/** TPM_PT. */
export const properties = {
  familyIndicator: 0x100,
  manufacturer: 0x105,
  firmwareVersion1: 0x10b,
  firmwareVersion2: 0x10c,
  inputBuffer: 0x10d,
  hrTransientMin: 0x10e,
  maxDigest: 0x120,
  nvIndexMax: 0x117,
  maxCommandSize: 0x11e,
  nvBufferMax: 0x12c,
  permanent: 0x200,
  lockoutCounter: 0x20e,
  maxAuthFail: 0x20f,
  lockoutInterval: 0x210,
  lockoutRecovery: 0x211,
} as const;
