/** The event stream encoding of AWS, written from its specification: https://smithy.io/2.0/aws/amazon-eventstream.html */
import { crc32 } from 'node:zlib';
import { jsonText } from '../said.ts';

/** One message with string headers. */
export function message(headers: Readonly<Record<string, string>>, payload: Buffer): Buffer {
  const headerBytes = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.alloc(1 + name.length + 1 + 2 + Buffer.byteLength(value));
      bytes.writeUInt8(name.length, 0);
      bytes.write(name, 1, 'latin1');
      bytes.writeUInt8(7, 1 + name.length);
      bytes.writeUInt16BE(Buffer.byteLength(value), 2 + name.length);
      bytes.write(value, 4 + name.length);
      return bytes;
    }),
  );
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(8 + 4 + headerBytes.length + payload.length + 4, 0);
  prelude.writeUInt32BE(headerBytes.length, 4);
  const head = Buffer.concat([prelude, checksum(prelude), headerBytes, payload]);
  return Buffer.concat([head, checksum(head)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}

/** An event of JSON, as ConverseStream sends it. */
export function event(type: string, payload: object): Buffer {
  return message(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    Buffer.from(jsonText(payload)),
  );
}

const PADDING = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A `chunk` of InvokeModelWithResponseStream; `index` varies the padding that hides its length. */
export function chunk(document: object, index: number): Buffer {
  const bytes = Buffer.from(jsonText(document)).toString('base64');
  return event('chunk', { bytes, p: PADDING.slice(0, 1 + ((index * 17) % PADDING.length)) });
}

/** An exception in the middle of a stream. */
export function exception(type: string, payload: object): Buffer {
  return message(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    Buffer.from(JSON.stringify(payload)),
  );
}
