/** Response bodies: read whole with a cap, as JSON. */
import { KubeError } from './errors.ts';

/** Reads to the end, or fails with `ResponseTooLarge` as soon as it is known to be larger than `maxBytes`. */
export async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new KubeError({
        code: 'ResponseTooLarge',
        message: `${what}: the answer is larger than ${maxBytes} bytes`,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** `undefined` for an empty body; `Malformed` for what is not JSON. The text is not quoted: it may hold a Secret. */
export function parseJson(bytes: Buffer, what: string): unknown {
  if (bytes.byteLength === 0) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw new KubeError({ code: 'Malformed', message: `${what}: the answer is not JSON` });
  }
}
