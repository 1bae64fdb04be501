/**
 * The memory that messages cost the end that keeps them. Windows count bytes only, but each message, however short, has
 * objects around it. Every bound on waiting messages therefore counts a message as its bytes and a fixed amount.
 */

/** Measured with Node.js 20: 440 bytes for data that wait in a stream, 340 for an answer that waits to be sent. */
export const messageCost = 512;

/**
 * Answers that wait for a card that does not read. Nothing more is read from it above this, about 250 of them; a card
 * of ours waits for the answer of each request, and never has as many.
 */
export const maxAnswerCost = 128 * 1024;

/** Cost of the data received but not yet consumed in a session without windows, over all its sockets. */
export const maxPlainCost = 256 * 1024;

/** Reading from a stream pauses while more than this is queued; one read of 64 KiB may exceed it. */
export const maxStreamCost = 64 * 1024;
