/** One call of the books: what is to happen to it, and making it happen. */
import type { IncomingMessage } from 'node:http';
import { waitFor } from '../control-plane/wait.ts';
import { collect, send } from '../gateway/index.ts';
import { scenarioHeader, type Scenario } from '../../upstreams/index.ts';
import type { BilledCall } from './calls.ts';
import type { BooksGateway } from './gateway.ts';
import type { Random } from './random.ts';

/** What goes wrong. Frames are the upstream's. */
export type Mishap =
  | { readonly kind: 'None' }
  /** The provider answers with an error status. */
  | { readonly kind: 'Error'; readonly status: number }
  /** The answer tells no figure. */
  | { readonly kind: 'WithoutUsage' }
  /** The connection is reset before an answer. */
  | { readonly kind: 'Reset' }
  /** The connection ends after so many frames. */
  | { readonly kind: 'Cut'; readonly frames: number }
  /** The client hangs up when it has so many frames. */
  | { readonly kind: 'HangUp'; readonly frames: number }
  /** The client hangs up before the answer begins. */
  | { readonly kind: 'HangUpEarly' };

export interface Plan {
  readonly index: number;
  readonly call: BilledCall;
  readonly mishap: Mishap;
  readonly scenario: Scenario;
}

const ENCODINGS = [undefined, undefined, undefined, 'gzip', 'br', 'zstd', 'deflate'] as const;
const CHUNKS = [undefined, undefined, 1, 7, 64, 1000] as const;

/** A call with the form of its answer and a mishap, or none, which is the most frequent. */
export function choose(random: Random, index: number, calls: readonly BilledCall[]): Plan {
  const call = random.pick(calls);
  const mishap = chooseMishap(random, call);
  const encoding = random.pick(ENCODINGS);
  const chunkBytes = random.pick(CHUNKS);
  const contentFrames = random.between(1, 8);
  return {
    index,
    call,
    mishap,
    scenario: {
      contentFrames,
      ...(encoding === undefined || mishap.kind === 'HangUp' ? {} : { encoding }),
      ...(chunkBytes === undefined ? {} : { chunkBytes }),
      ...scenarioOf(mishap),
    },
  };
}

function chooseMishap(random: Random, call: BilledCall): Mishap {
  const roll = random.next();
  if (roll < 0.55) return { kind: 'None' };
  if (roll < 0.65) return { kind: 'Error', status: random.pick([400, 401, 403, 404, 429, 500, 503]) };
  if (roll < 0.7) return call.mayLackUsage === true ? { kind: 'WithoutUsage' } : { kind: 'None' };
  if (roll < 0.73) return { kind: 'Reset' };
  if (roll < 0.76) return { kind: 'HangUpEarly' };
  if (!call.streamed) return { kind: 'None' };
  const frames = random.between(1, 6);
  // Of a filtered stream the client cannot tell what the gateway has seen.
  return roll < 0.88 || call.filtered === true ? { kind: 'Cut', frames } : { kind: 'HangUp', frames };
}

function scenarioOf(mishap: Mishap): Scenario {
  switch (mishap.kind) {
    case 'None':
      return {};
    case 'Error':
      return { error: mishap.status };
    case 'WithoutUsage':
      return { withoutUsage: true };
    case 'Reset':
      return { resetBeforeAnswer: true };
    case 'Cut':
      return { cutAfterFrames: mishap.frames };
    case 'HangUp':
      return { hangAfterFrames: mishap.frames };
    case 'HangUpEarly':
    default:
      return { hangBeforeAnswer: true };
  }
}

/**
 * Makes the call and lets its mishap happen; resolves when the client has done with it, with the gateway's id of the
 * request if an answer told one.
 */
export async function run(books: BooksGateway, plan: Plan): Promise<string | undefined> {
  const { call, mishap, index } = plan;
  const hangUp = new AbortController();
  const answer = send(`${books.gateway.provider(call.provider)}/${call.path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-plan': String(index),
      [scenarioHeader]: JSON.stringify(plan.scenario),
      ...call.headers,
    },
    body: JSON.stringify(call.body),
    signal: hangUp.signal,
  });
  if (mishap.kind === 'HangUpEarly') {
    answer.catch(() => undefined);
    await waitFor('the upstream has the call', async () => arrived(books, plan) !== undefined);
    hangUp.abort();
    return undefined;
  }
  const incoming = await answer;
  if (mishap.kind === 'HangUp') {
    await hangUpWithin(books, plan, incoming, hangUp);
  } else {
    await collect(incoming).catch((error: unknown) => {
      if (mishap.kind !== 'Cut') throw new Error(`call broke: ${JSON.stringify(plan)}`, { cause: error });
    });
  }
  return String(incoming.headers['x-tidegate-request-id']);
}

function arrived(books: BooksGateway, { call, index }: Plan) {
  return books.upstreamOf(call).exchanges.find(({ request }) => request.header('x-plan') === String(index));
}

/** Hangs up once everything that the upstream has said is here: from then on it is certain what the gateway has seen. */
async function hangUpWithin(
  books: BooksGateway,
  plan: Plan,
  answer: IncomingMessage,
  hangUp: AbortController,
): Promise<void> {
  let received = 0;
  let ended = false;
  answer.on('data', (chunk: Buffer) => (received += chunk.length));
  answer.on('end', () => (ended = true));
  answer.on('error', () => undefined);
  const closed = new Promise((resolve) => answer.once('close', resolve));
  await waitFor('what the upstream said', async () => {
    const exchange = arrived(books, plan);
    return ended || (exchange?.isHanging === true && received >= exchange.sentBytes);
  });
  if (ended) return;
  hangUp.abort();
  await closed;
}
