/** `tidegate provider connect NAME`: what a tool has to be told to call the provider through the gateway. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { placeOf, type PlaceOptions } from './place.ts';
import { SNIPPETS, type ClientName } from './snippets/index.ts';

export async function runProviderConnect(
  options: PlaceOptions & { readonly client?: ClientName },
  io: CommandIO,
): Promise<number> {
  const { type, place } = await placeOf(options, io);
  const fitting = SNIPPETS[type];
  const { client = 'curl' } = options;
  const snippet = fitting[client];
  if (snippet === undefined) {
    throw new CommandError(
      `${client} does not speak the API of "${place.provider}", which is of the type ${type}`,
      EXIT.usage,
      {
        hint: `these do: ${Object.keys(fitting).join(', ')}`,
      },
    );
  }
  io.stdout.write(snippet(place));
  if (options.client === undefined)
    io.stderr.write(`\nFor other tools add --client ${Object.keys(fitting).join('|')}\n`);
  return EXIT.ok;
}
