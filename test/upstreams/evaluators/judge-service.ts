/** What the fakes of judges have in common: they may be slow, and answer what a test tells them to. */
import { setTimeout as delay } from 'node:timers/promises';
import { FakeService, type ServiceAnswer } from '../aws/service.ts';
import type { ReceivedRequest } from '../types.ts';

export abstract class JudgeService extends FakeService {
  /** Before every answer. */
  delayMilliseconds = 0;
  /** The next answers, before any of its own. */
  readonly queue: ServiceAnswer[] = [];
  /** Requests that are being answered, and the most there were at once. */
  busy = 0;
  mostBusy = 0;

  protected abstract judge(request: ReceivedRequest): ServiceAnswer;

  protected async answer(request: ReceivedRequest): Promise<ServiceAnswer> {
    this.busy += 1;
    this.mostBusy = Math.max(this.mostBusy, this.busy);
    if (this.delayMilliseconds > 0) await delay(this.delayMilliseconds);
    this.busy -= 1;
    return this.queue.shift() ?? this.judge(request);
  }
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): ServiceAnswer {
  return { status, contentType: 'application/json', headers, body: JSON.stringify(body) };
}

/** The body as JSON; undefined when it is none. */
export function jsonOf(request: ReceivedRequest): Record<string, unknown> | undefined {
  if (!/^application\/json\b/.test(request.header('content-type') ?? '')) return undefined;
  try {
    return JSON.parse(request.body.toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
