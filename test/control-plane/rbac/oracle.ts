/** The API server as the one that knows what RBAC objects grant. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { AccessVerb, Identity } from '../../../src/identity/types.ts';
import { waitFor, type Connection } from '../../support/control-plane/index.ts';

/** An object of RBAC, of any of the four kinds. */
export interface RBACObject {
  readonly kind: 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

interface ClusterRole extends RBACObject {
  readonly rules?: readonly unknown[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors: readonly LabelSelector[] };
}

const GROUP = '/apis/rbac.authorization.k8s.io/v1';

export class Oracle {
  readonly #agent: Agent;
  readonly #server: string;
  #canaries = 0;

  constructor({ details }: Connection) {
    const [ca, cert, key] = [details.caFile, details.adminCertificate, details.adminKey].map((file) =>
      readFileSync(file, 'utf8'),
    );
    this.#agent = new Agent({ connect: { ca: ca ?? '', cert: cert ?? '', key: key ?? '' }, connections: 8 });
    this.#server = details.server;
  }

  /** Creates the objects and waits until the authorizer, which follows them by watches of its own, has seen them all. */
  async take(objects: readonly RBACObject[], namespace: string): Promise<void> {
    await Promise.all(objects.map((object) => this.#request('POST', collectionOf(object), object)));
    await this.#aggregate(objects.filter((each): each is ClusterRole => each.kind === 'ClusterRole'));
    await this.#settle(namespace);
  }

  async allows(identity: Identity, verb: AccessVerb, namespace: string, name: string): Promise<boolean> {
    const resourceAttributes = { group: 'tidegate.io', resource: 'llmproviders', verb, namespace, name };
    const review = await this.#request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { user: identity.username, groups: identity.groups, resourceAttributes },
    });
    return (review as { status: { allowed: boolean } }).status.allowed;
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  /**
   * No controllers run here: the work of the one for aggregation is done as it does it, with selectors that the API server
   * itself evaluates, until nothing changes. Only among these roles; others are none of the test's.
   */
  async #aggregate(roles: readonly ClusterRole[]): Promise<void> {
    const aggregated = roles.filter(({ aggregationRule }) => aggregationRule !== undefined);
    const names = new Set(roles.map(({ metadata }) => metadata.name));
    // What roles that select each other had of their own could go round between them, or not: that is up to chance.
    for (const { metadata } of aggregated) await this.#replaceRules(metadata.name, []);
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      for (const { metadata, aggregationRule } of aggregated) {
        const found = new Map<string, unknown>();
        for (const selector of aggregationRule?.clusterRoleSelectors ?? []) {
          for (const { metadata: other, rules } of await this.#select(selector)) {
            if (!names.has(other.name) || other.name === metadata.name) continue;
            for (const rule of rules ?? []) found.set(JSON.stringify(rule), rule);
          }
        }
        if (await this.#replaceRules(metadata.name, [...found.values()])) isChanged = true;
      }
    }
  }

  async #select(selector: LabelSelector): Promise<readonly ClusterRole[]> {
    const path = `${GROUP}/clusterroles?labelSelector=${encodeURIComponent(queryOf(selector))}`;
    return ((await this.#request('GET', path)) as { items: ClusterRole[] }).items;
  }

  /** Whether they were others. */
  async #replaceRules(name: string, rules: readonly unknown[]): Promise<boolean> {
    const path = `${GROUP}/clusterroles/${name}`;
    const now = (await this.#request('GET', path)) as ClusterRole;
    const sorted = (list: readonly unknown[]): string[] => list.map((rule) => JSON.stringify(rule)).sort();
    if (sorted(now.rules ?? []).join() === sorted(rules).join()) return false;
    await this.#request('PUT', path, { ...now, rules });
    return true;
  }

  /** Each kind is watched apart and in order: what was made last of a kind shows that everything before it is seen. */
  async #settle(namespace: string): Promise<void> {
    this.#canaries += 1;
    const name = `canary-${process.pid}-${this.#canaries}`;
    const rules = [{ apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['invoke'] }];
    const pair = (role: 'Role' | 'ClusterRole', where: object): RBACObject[] => [
      { kind: role, metadata: { name, ...where }, rules },
      {
        kind: `${role}Binding`,
        metadata: { name, ...where },
        roleRef: { kind: role, name },
        subjects: [{ kind: 'User', name: `${name}-${role}` }],
      },
    ];
    const canaries = [...pair('Role', { namespace }), ...pair('ClusterRole', {})];
    await Promise.all(canaries.map((object) => this.#request('POST', collectionOf(object), object)));
    for (const role of ['Role', 'ClusterRole']) {
      const identity = { username: `${name}-${role}`, groups: [] };
      await waitFor(`the authorizer to see ${name}`, () => this.allows(identity, 'invoke', namespace, 'x'), {
        intervalMilliseconds: 5,
      });
    }
  }

  async #request(method: 'GET' | 'POST' | 'PUT', path: string, object?: object): Promise<unknown> {
    const answer = await request(this.#server + path, {
      method,
      dispatcher: this.#agent,
      ...(object && { body: JSON.stringify(object), headers: { 'content-type': 'application/json' } }),
    });
    const body = await answer.body.json();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${(body as { message: string }).message}`);
    return body;
  }
}

function collectionOf({ kind, metadata: { namespace } }: RBACObject): string {
  const plural = `${kind.toLowerCase()}s`;
  return namespace === undefined ? `${GROUP}/${plural}` : `${GROUP}/namespaces/${namespace}/${plural}`;
}

/** The form that selectors take in a URL. */
function queryOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}
