/** Opens the identity service that the command line asks for. */
import { ConfigError, EnvironmentError } from '../../../core/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import { systemErrno } from '../../../platform/system-errno.ts';
import type { ListenAddress } from '../enf-server.ts';
import { readInput } from '../credentials.ts';
import type { IamFault } from './faults.ts';
import { IamServer } from './iam-server.ts';

export interface IamRequest {
  readonly listen: ListenAddress;
  readonly user: string;
  readonly passwordFile: string;
  /** 16 bytes. */
  readonly network: Uint8Array;
  readonly faults: readonly IamFault[];
}

export interface IamPlace {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** The tunnels admit what is in it. */
  readonly registry: Map<string, string>;
  readonly log: Logger;
}

/** Rejects with EnvironmentError or ConfigError. */
export async function openIam(request: IamRequest, place: IamPlace): Promise<IamServer> {
  const { host, port } = request.listen;
  const [password = ''] = (await readInput(request.passwordFile)).toString().split(/\r?\n/);
  if (password === '') {
    throw new ConfigError('is empty', {
      file: request.passwordFile,
      expected: 'a password in its first line',
    });
  }
  const server = new IamServer({ ...place, ...request, password });
  try {
    const bound = await server.listen(host, port);
    place.log.info(
      'listening',
      `identity service for ${request.user} on ${host ?? 'every address'}, port ${bound}`,
    );
    return server;
  } catch (cause) {
    const { code, text } = systemErrno(cause);
    throw new EnvironmentError(`--iam: cannot listen on port ${port}: ${text}`, {
      errno: code,
      syscall: 'listen',
      cause,
    });
  }
}
