/** The API server as the one that knows what RBAC objects grant. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { AccessSubresource, AccessVerb, Identity } from '../../../src/identity/types.ts';
import { waitFor, type Connection } from '../../support/control-plane/index.ts';
import { aggregate, type ClusterRole, type ClusterRoles } from '../../support/control-plane/role-aggregation.ts';

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
    await this.#aggregate(objects.filter(({ kind }) => kind === 'ClusterRole'));
    await this.#settle(namespace);
  }

  async allows(
    identity: Identity,
    verb: AccessVerb,
    namespace: string,
    name: string,
    subresource?: AccessSubresource,
  ): Promise<boolean> {
    const resourceAttributes = { group: 'tidegate.io', resource: 'llmproviders', subresource, verb, namespace, name };
    const review = await this.#request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { user: identity.username, groups: identity.groups, resourceAttributes },
    });
    return (review as { status: { allowed: boolean } }).status.allowed;
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  /** Only among these roles; others are none of the test's. */
  async #aggregate(roles: readonly RBACObject[]): Promise<void> {
    const names = new Set(roles.map(({ metadata }) => metadata.name));
    const clusterRoles: ClusterRoles = {
      list: async (selector) => {
        const path = `${GROUP}/clusterroles?labelSelector=${encodeURIComponent(selector)}`;
        return ((await this.#request('GET', path)) as { items: ClusterRole[] }).items;
      },
      replaceRules: async (role, rules) =>
        this.#request('PUT', `${GROUP}/clusterroles/${role.metadata.name}`, { ...role, rules }),
    };
    // What roles that select each other had of their own could go round between them, or not: that is up to chance.
    for (const role of await clusterRoles.list('')) {
      if (role.aggregationRule !== undefined && names.has(role.metadata.name))
        await clusterRoles.replaceRules(role, []);
    }
    await aggregate(clusterRoles, (name) => names.has(name));
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
