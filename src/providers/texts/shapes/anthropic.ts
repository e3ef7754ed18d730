/** Texts of Anthropic's messages, on its own hosts and on Bedrock. Source: the Claude API reference, and the types of its SDK. */
import {
  anyText,
  anyTextBut,
  either,
  list,
  object,
  openObject,
  type Owner,
  type Shape,
  signedText,
  text,
} from '../json/shape.ts';
import { NO_WORDS } from './anthropic-names.ts';
import { byRole, saidBy, schema } from './common.ts';

/** What a tool said, the caller's or the provider's; it is in what the block holds. */
const ofBlock: Owner = {
  by: new Set(['type']),
  scope: (members) => (members.get('type')?.endsWith('tool_result') === true ? 'ToolOutput' : 'Owner'),
};

/** `data` is a text, or a file in base64. */
const ofSource: Owner = {
  by: new Set(['type']),
  scope: (members) => (members.get('type') === 'base64' ? 'None' : 'Owner'),
};

const source: Shape = object(
  {
    data: text('Owner'),
    content: either(
      text('Owner'),
      list(() => block),
    ),
  },
  ofSource,
);

const citation = object({
  cited_text: text('Owner'),
  document_title: text('Owner'),
  title: text('Owner'),
  // Of a result of a search that the caller has given.
  source: text('Owner'),
});

/** Texts of blocks of kinds to come. */
const unknown = anyTextBut(
  'Owner',
  ...NO_WORDS,
  'tool_name',
  'server_name',
  'file_type',
  'url',
  'cache_control',
  'error_code',
  'page_age',
  'retrieved_at',
  'model',
);

/** A block of content of any kind. Blocks of tools of the provider's hold one object instead of a list. */
const block: Shape = openObject(
  {
    text: text('Owner'),
    thinking: signedText('Owner'),
    input: anyText('ToolInput'),
    content: either(
      text('Owner'),
      list(() => block),
      {
        get members() {
          return block.members;
        },
        get others() {
          return block.others;
        },
        get owner() {
          return block.owner;
        },
      },
    ),
    // Of a result of a search, where it is from.
    source: either(source, text('Owner')),
    title: text('Owner'),
    context: text('Owner'),
    citations: list(citation),
    stdout: text('Owner'),
    stderr: text('Owner'),
    lines: list(text('Owner')),
    error_message: text('Owner'),
  },
  unknown,
  ofBlock,
);

const content = either(text('Owner'), list(either(text('Owner'), block)));

/** `POST messages` and `messages/count_tokens`; `prompt` is that of the API before. */
export const messagesRequest: Shape = object({
  system: either(
    text('System'),
    list(either(text('System'), object({ text: text('System'), citations: list(citation) }, saidBy('System')))),
  ),
  messages: list(object({ content }, byRole)),
  tools: list(
    object({
      description: text('System'),
      input_schema: schema,
      input_examples: anyText('System'),
      // Of searches.
      user_location: anyText('System'),
    }),
  ),
  // How to write a summary of what was said.
  context_management: object({ edits: list(object({ instructions: text('System') })) }),
  output_config: object({ format: object({ schema }) }),
  output_format: object({ schema }),
  prompt: text('User'),
});

export const messagesAnswer: Shape = object({ content, completion: text('Owner') }, saidBy('Assistant'));

/** `POST messages/batches`. */
export const batchRequest: Shape = object({ requests: list(object({ params: messagesRequest })) });
