/** The few WebSocket frames that the gateway itself sends (RFC 6455 §5.2). */
import { randomBytes } from 'node:crypto';

/** Why a connection is closed (RFC 6455 §7.4.1, and IANA's registry for 1014). */
export const CLOSE_CODES = {
  /** The gateway ends, or nobody has said anything for long. */
  goingAway: 1001,
  protocolError: 1002,
  /** A message was not allowed. */
  policyViolation: 1008,
  internalError: 1011,
  /** The upstream broke off. */
  badGateway: 1014,
} as const;

export type CloseCode = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES];

/** Bytes of a reason at most: a control frame has 125, of which the code takes two. */
const MAX_REASON_BYTES = 123;

/** `masked`: it goes to the upstream, whose client the gateway is. */
export function closeFrame(code: CloseCode, reason: string, masked: boolean): Buffer {
  const text = Buffer.from(reason, 'utf8');
  // Cut behind a whole character.
  let end = Math.min(text.length, MAX_REASON_BYTES);
  while (end < text.length && ((text[end] as number) & 0xc0) === 0x80) end -= 1;
  const payload = Buffer.alloc(2 + end);
  payload.writeUInt16BE(code);
  text.copy(payload, 2, 0, end);
  if (!masked) return Buffer.concat([Buffer.from([0x88, payload.length]), payload]);
  const mask = randomBytes(4);
  for (let i = 0; i < payload.length; i += 1) payload[i] = (payload[i] as number) ^ (mask[i & 3] as number);
  return Buffer.concat([Buffer.from([0x88, 0x80 | payload.length]), mask, payload]);
}

/** A whole text message for the client. */
export function textFrame(text: Buffer): Buffer {
  const { length } = text;
  const head = Buffer.alloc(length < 126 ? 2 : length < 0x1_0000 ? 4 : 10);
  head[0] = 0x81;
  if (head.length === 2) head[1] = length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, text]);
}
