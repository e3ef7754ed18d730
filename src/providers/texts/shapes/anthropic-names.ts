/** Members of Claude's blocks and citations that are no words, whole and in streams: names, references, and what only the API can read. */
export const NO_WORDS: ReadonlySet<string> = new Set([
  'type',
  'id',
  'tool_use_id',
  'name',
  'signature',
  'data',
  'encrypted_content',
  'encrypted_index',
  'encrypted_stdout',
  'file_id',
  'media_type',
  'caller',
]);
