/** CRC-32 by its definition (reflected, 0xEDB88320), a byte at a time. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
  return crc;
});

/**
 * CRC-32 of the two lengths, eight bytes, at `at`, which a frame's prelude ends with. For so few bytes a call into zlib
 * costs more than the sum.
 */
export function crcOfLengths(bytes: Buffer, at: number): number {
  let crc = -1;
  for (let i = at; i < at + 8; i++) crc = (TABLE[(crc ^ (bytes[i] ?? 0)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
