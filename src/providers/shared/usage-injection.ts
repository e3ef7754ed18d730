import type { Splice } from '../wire.ts';
import type { BodyMembers } from './body-members.ts';

const splice = (start: number, end: number, text: string): Splice => ({ start, end, bytes: Buffer.from(text) });

/**
 * The smallest edit that makes the upstream report the usage of a stream, or undefined when the client asked for it
 * itself, or asked in a way that the upstream will refuse anyway.
 */
export function usageInjection(members: BodyMembers): Splice | undefined {
  const { contentStart, stream, streamOptions, includeUsage } = members;
  if (stream?.kind !== 'true') return undefined;
  if (streamOptions === undefined)
    return splice(contentStart, contentStart, '"stream_options":{"include_usage":true},');
  if (streamOptions.kind === 'null') return splice(streamOptions.start, streamOptions.end, '{"include_usage":true}');
  if (streamOptions.kind !== 'object') return undefined;
  if (includeUsage === undefined) {
    const at = streamOptions.start + 1;
    return splice(at, at, `"include_usage":true${members.streamOptionsEmpty ? '' : ','}`);
  }
  const off = includeUsage.kind === 'false' || includeUsage.kind === 'null';
  return off ? splice(includeUsage.start, includeUsage.end, 'true') : undefined;
}
