/** What a session has seen. Numbers only grow; nothing here is an error by itself. */
export interface SessionCounters {
  messagesIn: number;
  bytesIn: number;
  bytesOut: number;
  /** Messages that are not what they claim to be. */
  malformed: number;
  /** Times that the bulk stream lost its meaning; sockets with data under way were closed. */
  lostSync: number;
  /** Data and answers for sockets that do not exist (any more). */
  unknownSocket: number;
  /** Messages that make no sense from this side or now. */
  unexpected: number;
  /** Sockets closed because the other side sent more than it may. */
  overruns: number;
  /** Sockets closed because the other side did not acknowledge in time. */
  stalls: number;
}

export function newCounters(): SessionCounters {
  return {
    messagesIn: 0,
    bytesIn: 0,
    bytesOut: 0,
    malformed: 0,
    lostSync: 0,
    unknownSocket: 0,
    unexpected: 0,
    overruns: 0,
    stalls: 0,
  };
}
