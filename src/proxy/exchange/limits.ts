/** Limits of the engine that are no choice of the user's. */

/** Bytes of all headers of one request together; over it 431. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** How long a client may take to close its end after the gateway has closed its own. */
export const CLOSING_MILLISECONDS = 2000;
