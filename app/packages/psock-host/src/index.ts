/** Host side of psock: lends the TCP sockets of this machine to the router cards at its USB ports. */
export { runPsockHost, type HostContext } from './program.ts';
export { serveCard, type ServeOptions } from './serve-card.ts';
export { CardDriver, type CardDriverOptions } from './card-driver.ts';
export type { CardPort, Received } from './card-port.ts';
export { NetworkWatch, type NetworkWatchOptions } from './network-watch.ts';
export { SocketLender, type LenderOptions } from './lender.ts';
export type { KernelNetwork, Link } from './kernel-network.ts';
export { CardError, type CardErrorCode } from './errors.ts';
export { parseRule, refusal, type PolicyOptions, type Rule } from './policy.ts';
export { reporter, type HostEvent, type Report } from './report.ts';
