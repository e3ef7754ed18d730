/** Permission for a session that stays open: asked for again and again, for a role may be taken away meanwhile. */
import type { AuthorizationVerdict } from '../../identity/types.ts';

/**
 * Milliseconds between two questions. They cost little, for verdicts are cached; what a cache has may be 30 seconds old, so
 * that a session ends at the latest 35 seconds after its permission.
 */
const INTERVAL_MILLISECONDS = 5000;

export interface PermissionOwner {
  /** May the caller still? */
  ask(): AuthorizationVerdict | Promise<AuthorizationVerdict>;
  denied(message: string): void;
  /** Asking failed in a way that it must not: a defect. */
  broken(error: unknown): void;
}

export class Permission {
  readonly #owner: PermissionOwner;
  /** When it was last asked for, in monotonic milliseconds; 0: not by this object. */
  #askedAt = 0;
  #isAsking = false;

  constructor(owner: PermissionOwner) {
    this.#owner = owner;
  }

  /** Regular look. `now` is monotonic, in milliseconds. An authority that cannot be asked takes nothing away. */
  sweep(now: number): void {
    if (this.#askedAt === 0) this.#askedAt = now;
    if (this.#isAsking || now - this.#askedAt < INTERVAL_MILLISECONDS) return;
    this.#askedAt = now;
    const verdict = this.#owner.ask();
    if (!(verdict instanceof Promise)) {
      this.#heard(verdict);
      return;
    }
    this.#isAsking = true;
    verdict
      .then((known) => {
        this.#isAsking = false;
        this.#heard(known);
      })
      .catch((error: unknown) => this.#owner.broken(error));
  }

  #heard(verdict: AuthorizationVerdict): void {
    if (verdict.kind === 'Denied') this.#owner.denied(verdict.message);
  }
}
