/** `tidegate explain REQUEST_ID`: what became of a request, as the proxy that served it recorded it. */
import { CommandError, EXIT, type CommandIO } from '../../command/io.ts';
import { Gateway } from '../gateway/gateway.ts';
import { showValue, type OutputFormat } from '../output/output.ts';
import { plain } from '../output/style.ts';
import { withProgress } from '../output/progress.ts';
import { openSession } from '../session.ts';
import type { ClientFlags } from '../types.ts';
import { requestId } from './request-id.ts';
import { findRecord, type Search } from './search.ts';
import { showStory } from './show.ts';
import { storyOf } from './story.ts';

interface ExplainOptions extends ClientFlags {
  readonly output: OutputFormat;
  readonly arguments: readonly string[];
}

export async function runExplain(options: ExplainOptions, io: CommandIO): Promise<number> {
  const {
    output,
    arguments: [text = ''],
  } = options;
  const id = requestId(text);
  const { settings, tokens } = await openSession(options, io);
  // Many proxies may have to be asked: the sign-in is looked at once.
  const token = await tokens.token();
  const gateway = new Gateway(settings, { token: async () => token }, io.signal);
  const search = await withProgress(`Looking for ${id}`, io, async () =>
    findRecord(async () => gateway.requestRecord(id)),
  ).catch((error: unknown) => {
    throw withRole(error);
  });
  const { record } = search;
  if (record === undefined) throw notFound(id, search);
  if (output === 'json' || output === 'yaml') await showValue(io, output, record);
  else showStory(io, storyOf(record));
  return EXIT.ok;
}

/** A refusal says which right is missing, and in which namespace, which need not be the caller's; this says how it is given. */
function withRole(error: unknown): unknown {
  if (!(error instanceof CommandError) || error.status !== EXIT.forbidden) return error;
  return new CommandError(error.message, error.status, {
    cause: error,
    hint: [
      'records are for those who run a provider; whoever may can let you see them:',
      '  kubectl create role request-reader -n <namespace> --verb=get --resource=llmproviders.tidegate.io/requests',
      '  kubectl create rolebinding request-reader -n <namespace> --role=request-reader --user=<you>',
      '"tidegate whoami" shows who you are to the gateway',
    ].join('\n'),
  });
}

/** Names of proxies that are listed. */
const SHOWN_NAMES = 20;
/** Characters of one; host names have no more. */
const SHOWN_CHARACTERS = 253;

/** In which a proxy says its name. */
const PROXY_HEADER = 'x-tidegate-proxy';

function wordsOf(names: readonly string[]): string {
  const shown = names.toSorted().slice(0, SHOWN_NAMES).join(', ');
  const more = names.length > SHOWN_NAMES ? ', …' : '';
  return `${String(names.length)} ${names.length === 1 ? 'proxy was' : 'proxies were'} asked (${shown}${more})`;
}

function shownName(name: string): string {
  return plain(name).slice(0, SHOWN_CHARACTERS);
}

function notFound(id: string, { proxies, unsupported, unanswered, isCutShort }: Search): CommandError {
  const log = `the log of the proxies may have its line, in a cluster: kubectl logs -l app.kubernetes.io/component=proxy --tail=-1 -n <namespace> | grep ${id}`;
  if (proxies.size === 0) {
    return new CommandError('this gateway keeps no records of requests: it is older than this program', EXIT.failure, {
      hint: log,
    });
  }
  const asked = proxies.has('')
    ? `nobody knows how many proxies were asked, for something on the way takes the header ${PROXY_HEADER} away`
    : wordsOf([...proxies].map(shownName));
  const beside = [
    ...(unsupported > 0 ? ['some are of an older version, which keeps none'] : []),
    ...(unanswered > 0 ? ['some did not answer'] : []),
    ...(isCutShort ? ['there may be more of them'] : []),
  ];
  return new CommandError([`no record of the request ${id}: ${asked}`, ...beside].join('; '), EXIT.failure, {
    hint:
      'a record comes when the request has ended, and is kept in memory: it may be too old, its proxy may have been ' +
      `restarted, or requestRecords.maxBytes is 0; ${log}`,
  });
}
