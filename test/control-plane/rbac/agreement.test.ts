/** Over random policies the manifests of a standalone gateway grant exactly what the same objects grant in a cluster. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RBACAuthorizer } from '../../../src/identity/rbac/authorizer.ts';
import type { AccessSubresource, AccessVerb } from '../../../src/identity/types.ts';
import { Catalog, parseFile } from '../../../src/standalone/index.ts';
import { connectControlPlane, describeControlPlane } from '../../support/control-plane/index.ts';
import { Oracle, type RBACObject } from './oracle.ts';
import { PROVIDERS, scenario } from './policies.ts';

/** Policies; each is asked up to 96 questions. */
const numRuns = Number(process.env['TIDEGATE_RBAC_RUNS'] ?? 120);
const verbs: readonly AccessVerb[] = ['invoke', 'get'];
const subresources: readonly (AccessSubresource | undefined)[] = [undefined, 'requests'];

describeControlPlane('RBAC in a cluster and among manifests', () => {
  let oracle: Oracle;
  let namespaces: readonly [string, string];
  let runs = 0;

  beforeAll(async () => {
    const cluster = connectControlPlane();
    oracle = new Oracle(cluster);
    namespaces = [await cluster.createNamespace('rbac-a'), await cluster.createNamespace('rbac-b')];
  });

  afterAll(async () => {
    await oracle?.close();
  });

  const authorizerOf = (objects: readonly RBACObject[]): RBACAuthorizer => {
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const text = objects.map((object) => JSON.stringify({ apiVersion, ...object })).join('\n---\n');
    const { policy, problems } = new Catalog({}).update([parseFile({ file: 'rbac.yaml', text })]);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    return new RBACAuthorizer(policy);
  };

  test('grant the same', async () => {
    const counts = { Allowed: 0, Denied: 0, Unavailable: 0 };
    await fc.assert(
      fc.asyncProperty(scenario, async (make) => {
        runs += 1;
        const { objects, callers } = make({ namespaces, run: `run-${process.pid}-${runs}` });
        await oracle.take(objects, namespaces[0]);
        const authorizer = authorizerOf(objects);
        const questions = callers.flatMap((caller) =>
          verbs.flatMap((verb) =>
            namespaces.flatMap((namespace) =>
              [...PROVIDERS, 'other', ''].flatMap((name) =>
                subresources.map((subresource) => [caller, verb, namespace, name, subresource] as const),
              ),
            ),
          ),
        );
        const answers = await Promise.all(
          questions.map(async (question) => [question, await oracle.allows(...question)] as const),
        );
        for (const [question, isAllowed] of answers) {
          const { kind } = authorizer.authorize(...question);
          counts[kind] += 1;
          expect([...question, kind]).toEqual([...question, isAllowed ? 'Allowed' : 'Denied']);
        }
      }),
      { numRuns },
    );
    // Otherwise nothing would have been compared.
    expect(Math.min(counts.Allowed, counts.Denied)).toBeGreaterThan(2 * numRuns);
  }, 180_000);
});
