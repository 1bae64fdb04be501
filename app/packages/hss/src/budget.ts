/**
 * What messages cost whoever keeps them. Windows count bytes, memory does not: around each message, however short, there
 * are objects. So a message counts as its bytes and a fixed amount, in every bound on what waits.
 */

/** Measured with Node.js 20: 440 bytes for data that wait in a stream, 340 for an answer that waits to be sent. */
export const messageCost = 512;

/**
 * Answers that wait for a card that does not read. Nothing more is read from it above this, about 250 of them; a card of
 * ours waits for the answer of each request, and never has as many.
 */
export const maxAnswerCost = 128 * 1024;

/** Received data, of all sockets together, that wait for their receivers when there is no window to bound them. */
export const maxPlainCost = 256 * 1024;

/** So much of a stream may wait to be sent before nothing more is read from it; one read of 64 KiB may come on top. */
export const maxStreamCost = 64 * 1024;
