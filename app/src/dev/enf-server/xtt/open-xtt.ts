/** Opens the provisioning server that the command line asks for. */
import path from 'node:path';
import { readEcdsaKey, readGroup, XttError } from 'xtt';
import { ConfigError, EnvironmentError } from '../../../core/errors.ts';
import { groupObjects } from '../../../identity/xtt/group-credentials.ts';
import type { Logger } from '../../../platform/log.ts';
import { systemErrno } from '../../../platform/system-errno.ts';
import type { ListenAddress } from '../enf-server.ts';
import { readInput } from '../credentials.ts';
import type { XttFault } from './faults.ts';
import { XttService, type XttServiceOptions } from './xtt-service.ts';

export interface XttRequest {
  readonly listen: ListenAddress;
  /** Of `enf-pki group`. */
  readonly groupFolder: string;
  /** The group has members under these basenames too. */
  readonly basenames: readonly string[];
  /** 16 bytes. */
  readonly network: Uint8Array;
  readonly faults: readonly XttFault[];
}

/** In the folder of a group, beside what its members get. */
const certificateFile = 'xtt_server.bin';
const keyFile = 'xtt_server.key';

/** Rejects with EnvironmentError or ConfigError. */
export async function openXtt(
  request: XttRequest,
  { registry, log }: { readonly registry: Map<string, string>; readonly log: Logger },
): Promise<XttService> {
  const { host, port } = request.listen;
  const service = new XttService({
    ...(await readServerGroup(request)),
    ...{ registry, log, network: request.network, faults: request.faults },
  });
  try {
    const bound = await service.listen(host, port);
    log.info('listening', `provisioning server on ${host ?? 'every address'}, port ${bound}`);
    return service;
  } catch (cause) {
    const { code, text } = systemErrno(cause);
    throw new EnvironmentError(`--xtt: cannot listen on port ${port}: ${text}`, {
      ...{ errno: code, syscall: 'listen', cause },
    });
  }
}

async function readServerGroup({
  groupFolder: folder,
  basenames,
}: XttRequest): Promise<Pick<XttServiceOptions, 'groups' | 'certificate' | 'key'>> {
  const at = (file: string): Promise<Buffer> => readInput(path.join(folder, file));
  const groupKey = await at(groupObjects.groupKey.file);
  const basename = await at(groupObjects.basename.file);
  const certificate = await at(certificateFile);
  const key = await at(keyFile);
  try {
    const all = [basename, ...basenames.map((name) => Buffer.from(name))];
    const groups = all.map((name) => readGroup(groupKey, name));
    return { groups, certificate, key: readEcdsaKey(key) };
  } catch (cause) {
    if (!(cause instanceof XttError)) throw cause;
    const problem = `is not a group for provisioning: ${cause.message}`;
    throw new ConfigError(problem, {
      file: folder,
      expected: 'the folder of enf-pki group',
      cause,
    });
  }
}
