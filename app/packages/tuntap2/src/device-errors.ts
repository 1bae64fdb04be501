/** Makes errors of what the kernel says about an interface, with the operator's next step. */
import { constants } from 'node:os';
import { errnoName, TuntapDeviceError, TuntapPermissionError, type TuntapError } from './errors.ts';
import type { Failure } from './native-sockets.ts';

const { errno } = constants;

export interface DeviceErrorContext {
  /** What could not be done, for example `"cannot open TUN interface enf0"`. */
  problem: string;
  /** Interface name. */
  name: string;
  /** Device node, of a TUN or TAP interface. */
  node?: string;
}

export function deviceError(context: DeviceErrorContext, failure: Failure): TuntapError {
  const isPermission = failure.errno === errno.EPERM || failure.errno === errno.EACCES;
  const ErrorClass = isPermission ? TuntapPermissionError : TuntapDeviceError;
  return new ErrorClass(context.problem, {
    errno: errnoName(failure.errno),
    syscall: failure.syscall,
    hint: hintFor(context, failure),
  });
}

function hintFor({ name, node }: DeviceErrorContext, failure: Failure): string | undefined {
  switch (`${failure.syscall} ${errnoName(failure.errno)}`) {
    case 'open ENOENT':
      return `there is no ${node}; make it with "mkdir -p /dev/net && mknod /dev/net/tun c 10 200", or give the container the device`;
    case 'open ENODEV':
    case 'open ENXIO':
      return 'the kernel has no TUN support loaded; try "modprobe tun"';
    case 'open EACCES':
    case 'open EPERM':
      return `this user may not open ${node}; check its mode and the unit's DeviceAllow=`;
    case 'ioctl(TUNSETIFF) EPERM':
      return `creating it needs CAP_NET_ADMIN; or make it once for this user: "ip tuntap add dev ${name} mode tun user ID"`;
    case 'ioctl(TUNSETIFF) EBUSY':
      return `another process has ${name} open, or an interface of another kind has this name`;
    case 'ioctl(TUNSETIFF) EINVAL':
      return `${name} exists as another kind (TUN or TAP, or with multi_queue), or the name is not allowed; see "ip -d link show ${name}"`;
    case 'ioctl(TUNSETIFF) ENAMETOOLONG':
    case 'ioctl(SIOCGIFINDEX) ENAMETOOLONG':
      return 'an interface name has at most 15 bytes';
    case 'open EISDIR':
    case 'ioctl(TUNSETIFF) ENOTTY':
    case 'ioctl(TUNSETIFF) EBADFD':
      return `${node} is not a TUN device node`;
    case 'socket(AF_PACKET) EPERM':
      return 'raw sockets need CAP_NET_RAW';
    case 'socket(AF_PACKET) EAFNOSUPPORT':
      return "the kernel has no AF_PACKET (CONFIG_PACKET), or the unit's RestrictAddressFamilies= forbids it";
    case 'ioctl(SIOCGIFINDEX) ENODEV':
      return `no interface is named ${name}; "ip link" lists them`;
    case 'ioctl(SIOCGIFHWADDR) EMEDIUMTYPE':
      return `${name} is not an Ethernet interface`;
    default:
      break;
  }
  if (failure.errno === errno.ENODEV) return 'the interface was deleted';
  if (failure.errno === errno.EMFILE) return 'raise the limit of open files (LimitNOFILE=)';
  return undefined;
}
