/** When a token ends, as people read it. */
import type { AccessToken } from '../types.ts';

/** What a session of an agent may take. */
export const WORKING_DAY_MS = 8 * 60 * 60 * 1000;

/** How often an agent asks for a token when nothing says that it has to be sooner. */
const REFRESH_MS = 5 * 60 * 1000;
const SHORTEST_REFRESH_MS = 5000;
/** What a token has to be good for beyond the time at which the next one is asked for. */
const MARGIN_MS = 15_000;

/**
 * How often an agent has to ask for a token so that it never holds one that has ended: well within the life of those that
 * are given out.
 */
export function refreshMilliseconds({ expiresAt }: Pick<AccessToken, 'expiresAt'>, now: number): number {
  if (expiresAt === undefined) return REFRESH_MS;
  const half = Math.floor((expiresAt - now) / 2);
  return Math.min(REFRESH_MS, Math.max(SHORTEST_REFRESH_MS, half));
}

/** For how long a token that is handed to an agent has to be good; whoever gives it out refreshes it if it is not. */
export function validSeconds(refresh: number): number {
  return Math.ceil((refresh + MARGIN_MS) / 1000);
}

/**
 * One line when the token ends within a working day; undefined when it does not, or nobody can tell.
 *
 * @param why what follows from it, such as `Gemini CLI cannot take another: start it anew then`
 */
export function endingWarning(token: AccessToken | undefined, now: number, why: string): string | undefined {
  const { expiresAt } = token ?? {};
  if (expiresAt === undefined || expiresAt - now >= WORKING_DAY_MS) return undefined;
  return `the gateway token ends ${timeLeft(expiresAt - now)} (${new Date(expiresAt).toISOString()}), and ${why}`;
}

function timeLeft(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 2) return `in ${String(Math.max(0, Math.round(milliseconds / 1000)))} s`;
  return minutes < 120 ? `in ${String(minutes)} min` : `in ${String(Math.floor(minutes / 60))} h`;
}
