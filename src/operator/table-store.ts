/**
 * The published table. Written only when its content changes or somebody else has touched it: parts first, then the base
 * Secret with the index, then what is left over is deleted. Written by server-side apply, so that every field is owned.
 */
import { apply } from '../kube/apply.ts';
import { isKubeError } from '../kube/errors.ts';
import { deleteObject, getObject } from '../kube/objects.ts';
import { SECRETS } from '../kube/resources.ts';
import type { Log, Secret, Transport } from '../kube/types.ts';
import {
  decodeTable,
  encodeTable,
  fromSecrets,
  readBaseSecret,
  shardSecretName,
  TABLE_LABEL,
  TableCodecError,
  tableSecretNames,
  toSecrets,
  type RoutingTable,
  type TableSecret,
  type TableShards,
} from '../table/index.ts';
import type { OperatorMetrics } from './metrics.ts';

/** Owner of every field that the operator applies. */
export const FIELD_MANAGER = 'tidegate-operator';

export interface TableStoreOptions {
  readonly transport: Transport;
  readonly log: Log;
  readonly metrics: OperatorMetrics;
  readonly namespace: string;
  /** Name of the base Secret. */
  readonly name: string;
  /** See `encodeTable`. */
  readonly maxShardBytes?: number;
}

interface InForce {
  readonly table: RoutingTable;
  readonly slots: ReadonlySet<number>;
}

export class TableStore {
  readonly #options: TableStoreOptions;
  #inForce: InForce | undefined;
  #published: RoutingTable | undefined;
  /** Version of the base Secret as last read or written here; undefined when there is none. */
  #baseVersion: string | undefined;
  #isLoaded = false;
  /** False: there may be parts that no table in force needs, with keys in them. */
  #isTidy = false;

  constructor(options: TableStoreOptions) {
    this.#options = options;
  }

  /** The last whole table that was published, also when somebody has damaged it since; undefined when there is none. */
  get published(): RoutingTable | undefined {
    return this.#published;
  }

  /** Whether the table takes Secrets besides the base, which nobody watches. */
  get isSharded(): boolean {
    return (this.#inForce?.slots.size ?? 0) > 1;
  }

  /** Whether there is surely no part that the table in force does not need; otherwise `tidy` is to be called. */
  get isTidy(): boolean {
    return this.#isTidy;
  }

  /** The base Secret was seen at this version (undefined: gone). False when that is news: then it must be read again. */
  isCurrent(version: string | undefined): boolean {
    return this.#isLoaded && version === this.#baseVersion;
  }

  /** Reads what is published. What can't be read as a table counts as none, and will be written anew. */
  async load(signal: AbortSignal): Promise<void> {
    const { name } = this.#options;
    this.#isLoaded = false;
    const base = await this.#get(name, signal);
    const found = new Map([[name, base?.data]]);
    try {
      const facts = readBaseSecret(name, base?.data);
      for (const other of facts.otherSecrets) found.set(other, (await this.#get(other, signal))?.data);
      const shards = fromSecrets(name, found);
      this.#inForce = { table: decodeTable(shards), slots: new Set(facts.slots) };
      this.#published = this.#inForce.table;
      this.#show(shards);
    } catch (error) {
      if (!(error instanceof TableCodecError)) throw error;
      this.#inForce = undefined;
      this.#isTidy = false;
      this.#noteDamage(error);
    }
    this.#baseVersion = base?.metadata.resourceVersion;
    this.#isLoaded = true;
  }

  /** Publishes the table unless it is published already. Throws `TableCodecError` `TooLarge`, or what the API server says. */
  async publish(table: RoutingTable, signal: AbortSignal): Promise<void> {
    if (this.#inForce?.table.revision === table.revision) return;
    const { name, log, metrics, maxShardBytes } = this.#options;
    const before = this.#inForce?.slots ?? new Set<number>();
    const wasTidy = this.#isTidy;
    try {
      const shards = encodeTable(table, {
        slotsInUse: before,
        ...(maxShardBytes !== undefined && { maxShardBytes }),
      });
      this.#isTidy = false;
      for (const secret of toSecrets(name, shards)) await this.#write(secret, signal);
      const slots = new Set(shards.parts.keys());
      this.#inForce = { table, slots };
      this.#published = table;
      this.#show(shards);
      metrics.publications.inc({ result: 'success' });
      log.info(
        { revision: table.revision, providers: table.providers.length, parts: slots.size },
        'published the routing table',
      );
      const unused = [...before].filter((slot) => !slots.has(slot));
      if (await this.#prune(unused, signal)) this.#isTidy = wasTidy;
    } catch (error) {
      metrics.publications.inc({ result: 'error' });
      throw error;
    }
  }

  /**
   * Deletes Secrets of earlier tables that were left by a leader which died in between, by damage, or by a deletion that
   * failed. Not while a publication is under way. What can't be deleted now is left for the next call.
   */
  async tidy(signal: AbortSignal): Promise<void> {
    if (this.#isTidy || this.#inForce === undefined) return;
    try {
      this.#isTidy = await this.#pruneAll(this.#inForce.slots, signal);
    } catch (error) {
      if (!signal.aborted) this.#options.log.warn({ err: error }, 'parts of earlier tables could not be looked for');
    }
  }

  async #pruneAll(inUse: ReadonlySet<number>, signal: AbortSignal): Promise<boolean> {
    const slots = tableSecretNames(this.#options.name).map((_, slot) => slot);
    const unused = slots.filter((slot) => slot !== 0 && !inUse.has(slot));
    const present = await Promise.all(unused.map((slot) => this.#get(this.#secretName(slot), signal)));
    return this.#prune(
      unused.filter((_, i) => present[i] !== undefined),
      signal,
    );
  }

  /** That there is no table yet is no damage. */
  #noteDamage(error: TableCodecError): void {
    if (error.code === 'IndexMissing' && this.#published === undefined) return;
    const { name, log, metrics } = this.#options;
    metrics.damages.inc();
    log.warn({ secret: name, code: error.code, err: error }, "the published routing table can't be read");
  }

  async #get(name: string, signal: AbortSignal): Promise<Secret | undefined> {
    const { transport, namespace } = this.#options;
    try {
      return await getObject<Secret>(transport, SECRETS, { namespace, name, signal });
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #write(secret: TableSecret, signal: AbortSignal): Promise<void> {
    try {
      await this.#apply(secret, signal);
    } catch (error) {
      if (isKubeError(error, 'Conflict')) this.#isLoaded = false;
      // Somebody made it immutable, or of another type: only a new one helps.
      if (!isKubeError(error, 'Invalid')) throw error;
      const { transport, namespace, log } = this.#options;
      log.warn({ secret: secret.name, err: error }, 'a Secret of the routing table is replaced');
      await deleteObject(transport, SECRETS, { namespace, name: secret.name, signal });
      if (secret.name === this.#options.name) this.#baseVersion = undefined;
      await this.#apply(secret, signal);
    }
  }

  async #apply(secret: TableSecret, signal: AbortSignal): Promise<void> {
    const { transport, namespace, name } = this.#options;
    const isBase = secret.name === name;
    const written = await apply<Secret>(transport, SECRETS, {
      namespace,
      name: secret.name,
      fieldManager: FIELD_MANAGER,
      force: true,
      signal,
      body: {
        metadata: {
          labels: { 'app.kubernetes.io/managed-by': FIELD_MANAGER, [TABLE_LABEL]: name },
          // Of two that believe they lead, one is refused.
          ...(isBase && this.#baseVersion !== undefined && { resourceVersion: this.#baseVersion }),
        },
        data: secret.data,
      },
    });
    if (isBase) this.#baseVersion = written.metadata.resourceVersion;
  }

  /** True when none of them is left. */
  async #prune(slots: readonly number[], signal: AbortSignal): Promise<boolean> {
    const { transport, namespace, log } = this.#options;
    let isDone = true;
    for (const slot of slots) {
      const name = this.#secretName(slot);
      try {
        await deleteObject(transport, SECRETS, { namespace, name, signal });
      } catch (error) {
        if (isKubeError(error, 'NotFound')) continue;
        isDone = false;
        log.warn({ secret: name, err: error }, 'a part of an earlier table could not be deleted');
      }
    }
    return isDone;
  }

  #secretName(slot: number): string {
    return shardSecretName(this.#options.name, slot);
  }

  #show({ parts }: TableShards): void {
    const { metrics } = this.#options;
    metrics.tableParts.set(parts.size);
    metrics.tableBytes.set([...parts.values()].reduce((sum, part) => sum + part.length, 0));
  }
}
