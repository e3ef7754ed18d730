import type { SubjectManifest } from '../../api/validation/rbac/binding.ts';
import type { RuleManifest } from '../../api/validation/rbac/role.ts';
import type { Binding, Policy, Subject } from '../../identity/rbac/types.ts';
import type { ManifestDocument } from '../documents.ts';
import type { ObjectKind } from '../objects.ts';
import type { Remark } from '../remark.ts';
import { effectiveRules } from './aggregation.ts';
import { Bindings, type AcceptedBinding } from './bindings.ts';
import { Roles, type AcceptedRole } from './roles.ts';

/** Something about a binding that only shows beside the other manifests. */
interface BindingWarning {
  readonly document: ManifestDocument;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly remark: Remark;
}

export interface Resolution {
  readonly policy: Policy;
  readonly warnings: readonly BindingWarning[];
}

/** The four kinds of RBAC, and what they grant together. */
export class Permissions {
  readonly #roles = new Roles('Role');
  readonly #clusterRoles = new Roles('ClusterRole');
  readonly #bindings = [new Bindings('RoleBinding'), new Bindings('ClusterRoleBinding')];
  readonly kinds: readonly ObjectKind[] = [this.#roles, this.#clusterRoles, ...this.#bindings];

  /** Brings bindings and roles together. A binding whose role is not there grants nothing and is warned of. */
  resolve(): Resolution {
    const clusterRoles = this.#clusterRoles.objects.all().map(({ value }) => value);
    const rulesOf = new Map<AcceptedRole, readonly RuleManifest[]>();
    const bindings: Binding[] = [];
    const warnings: BindingWarning[] = [];
    for (const { kind, isNamespaced, objects } of this.#bindings) {
      for (const { document, value } of objects.all()) {
        const role = this.#roleOf(value);
        if (role === undefined) {
          warnings.push({ document, kind, isNamespaced, remark: this.#withoutRole(value) });
          continue;
        }
        const { namespace, subjects } = value;
        const rules = rulesOf.get(role) ?? effectiveRules(role, clusterRoles);
        rulesOf.set(role, rules);
        bindings.push({ namespace, subjects: subjects.map((each) => toSubject(each, namespace)), rules });
      }
    }
    return { policy: { bindings }, warnings };
  }

  #roleOf(binding: AcceptedBinding): AcceptedRole | undefined {
    const { roles, key } = this.#reference(binding);
    return roles.objects.get(key);
  }

  #withoutRole(binding: AcceptedBinding): Remark {
    const { roles, key } = this.#reference(binding);
    const role = `${roles.kind} "${binding.roleRef.name}"`;
    const message = roles.objects.isRefused(key)
      ? `the manifest of ${role} is invalid, so this binding grants nothing`
      : `${role} is not among the manifests: a standalone gateway has no roles of its own, so this binding grants nothing there; in a cluster the role may exist all the same, as the chart's do`;
    return { severity: 'warning', path: ['roleRef', 'name'], message };
  }

  #reference({ namespace = '', roleRef: { kind, name } }: AcceptedBinding): { roles: Roles; key: string } {
    return kind === 'Role'
      ? { roles: this.#roles, key: `${namespace}/${name}` }
      : { roles: this.#clusterRoles, key: `/${name}` };
  }
}

function toSubject({ kind, name, namespace }: SubjectManifest, bindingNamespace: string | undefined): Subject {
  if (kind !== 'ServiceAccount') return { kind: kind === 'Group' ? 'Group' : 'User', name };
  return { kind, namespace: namespace || (bindingNamespace ?? ''), name };
}
