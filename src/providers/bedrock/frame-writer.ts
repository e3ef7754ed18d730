/** Makes frames of the event stream encoding of AWS; its form is told in frame-reader.ts. */
import { crc32 } from 'node:zlib';

const STRING = 7;

/** A frame with these headers, all of them strings. */
export function frame(headers: Readonly<Record<string, string>>, payload: Buffer): Buffer {
  const encoded = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const bytes = Buffer.alloc(12 + encoded.length + payload.length + 4);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(encoded.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  encoded.copy(bytes, 12);
  payload.copy(bytes, 12 + encoded.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

function header(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, Buffer.from([STRING]), length, valueBytes]);
}
