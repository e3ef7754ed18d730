/** The id that the gateway gave a request. */
import { CommandError, EXIT } from '../../command/io.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Beginnings of ids that providers give. */
const OF_PROVIDERS = /^(?:req|msg|resp|chatcmpl|gen)[_-]/;
const SHOWN = 80;

/** As the gateway writes it. Throws a CommandError that says what such an id looks like and where it is found. */
export function requestId(text: string): string {
  const id = text.trim().toLowerCase();
  if (UUID.test(id)) return id;
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  const whose = OF_PROVIDERS.test(id) ? ', but one that a provider gives' : '';
  throw new CommandError(`${JSON.stringify(shown)} is no request id of the gateway${whose}`, EXIT.usage, {
    hint:
      'it looks like 0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d: every answer has it in the header x-tidegate-request-id, ' +
      'errors of Anthropic and Google in their body, too',
  });
}
