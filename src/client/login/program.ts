/** `tidegate login` and `tidegate logout`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { action } from '../../command/action.ts';
import type { CommandIO } from '../../command/io.ts';
import { withExamples } from '../../command/program.ts';
import { withAddress, withGateway } from '../options.ts';

export function addLoginCommands(program: Command, io: CommandIO): void {
  const login = program
    .command('login')
    .argument('[url]', 'the gateway; default: that of the profile')
    .description('sign in to a gateway, and remember it')
    .option('--issuer <url>', 'identity provider, where the gateway accepts several')
    .option('--client-id <id>', 'client of the identity provider; default: the one that the gateway names')
    .option('--client-credentials', 'sign in as a program; its secret comes from TIDEGATE_CLIENT_SECRET')
    .option('--client-secret-file <file>', 'sign in as a program, with the secret in this file')
    .option('--device', 'show a code to enter in a browser elsewhere')
    .option('--no-browser', 'show the page, and let the person open it')
    .option('--callback-port <port>', 'where the browser comes back to; default: any that is free', port)
    .option('--scope <scope...>', 'default: what the gateway names')
    .addOption(
      new Option('--prompt <what>', 'what the identity provider has to ask for').choices([
        'consent',
        'login',
        'select_account',
      ]),
    )
    .option('--audience <audience>', 'for identity providers that ask for it (Auth0)')
    .option('--resource <uri>', 'for identity providers that know RFC 8707');
  withExamples(withGateway(login), [
    ['tidegate login https://llm.example.com', 'in the browser'],
    ['tidegate login --device', 'on a machine without one'],
    ['tidegate login --client-id ci --client-secret-file secret', 'as a program'],
  ]).action(action(io, async () => (await import('./login.ts')).runLogin));
  const logout = program.command('logout').description('forget the sign-in, and revoke it');
  withExamples(withAddress(logout), [['tidegate logout', 'the profile stays']]).action(
    action(io, async () => (await import('./logout.ts')).runLogout),
  );
}

function port(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && value > 0 && value < 65_536) return value;
  throw new InvalidArgumentError('It must be a port.');
}
