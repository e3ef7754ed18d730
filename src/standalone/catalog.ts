import type { Guardrail } from '../api/generated/guardrail.ts';
import { GUARDRAIL_SCHEMA } from '../api/generated/guardrail-schema.ts';
import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { LLM_PROVIDER_SCHEMA } from '../api/generated/llmprovider-schema.ts';
import { GROUP, GUARDRAIL, LLM_PROVIDER } from '../api/group.ts';
import { RBAC_GROUP } from '../api/validation/rbac/binding.ts';
import { isObject, type JSONObject, type JSONValue } from '../api/validation/schema.ts';
import { createCompiler, referencedSecrets } from '../compile/index.ts';
import { CustomResources } from './custom-resources.ts';
import type { ReadFile } from './directory.ts';
import { DocumentMemo } from './document-memo.ts';
import type { ManifestDocument } from './documents.ts';
import type { ObjectKind } from './objects.ts';
import { Permissions } from './rbac/permissions.ts';
import { KEPT_GRANTS } from './rbac/still-grants.ts';
import { error, type Remark } from './remark.ts';
import { byPlace, formatKey } from './report.ts';
import { Secrets } from './secrets.ts';
import type { CatalogResult, ObjectName, Problem } from './types.ts';

/** Namespace of objects that name none. */
export const DEFAULT_NAMESPACE = 'default';

/** Groups of which every kind is read: another kind, or another version, is a mistake and not somebody else's object. */
const OWN_GROUPS: readonly string[] = [GROUP, RBAC_GROUP];

/** Of a file that cannot be read or parsed any more. */
const KEPT_OBJECTS = 'the last valid version of what this file held stays in force until it can be read';

/** What one pass over all documents gathers. */
interface Pass {
  readonly problems: Problem[];
  /** Where each object was defined first. */
  readonly seen: Map<string, string>;
  /** File and name of each definition that was ignored because another came first. */
  readonly duplicates: Set<string>;
  /** Files that cannot be read whole. */
  readonly broken: ReadonlySet<string>;
  readonly ignored: ObjectName[];
}

/**
 * The objects in force, over reloads. It takes the place of the API server's store: an invalid update is refused and
 * the last valid version stays, and what is no longer in any file is gone. A file that cannot be read or parsed loses
 * nothing that came from it.
 */
export class Catalog {
  readonly #providers: CustomResources<LLMProvider>;
  readonly #guardrails: CustomResources<Guardrail>;
  readonly #secrets: Secrets;
  readonly #permissions = new Permissions();
  readonly #kinds: readonly ObjectKind[];
  readonly #compile = createCompiler();
  #duplicates: ReadonlySet<string> = new Set();

  constructor(env: Readonly<Record<string, string | undefined>>) {
    const memo = new DocumentMemo();
    this.#providers = new CustomResources({ kind: LLM_PROVIDER.kind, schema: LLM_PROVIDER_SCHEMA }, memo);
    this.#guardrails = new CustomResources({ kind: GUARDRAIL.kind, schema: GUARDRAIL_SCHEMA }, memo);
    this.#secrets = new Secrets(env, memo);
    this.#kinds = [this.#providers, this.#guardrails, this.#secrets, ...this.#permissions.kinds];
  }

  /**
   * Takes everything that the files say now. Their order decides which of two definitions of one object counts. With
   * `isPartial` the files are not all that there are, and nothing is taken for deleted.
   */
  update(files: readonly ReadFile[], isPartial = false): CatalogResult {
    const pass: Pass = {
      problems: files.flatMap(({ problems }) => problems),
      seen: new Map(),
      duplicates: new Set(),
      broken: new Set(files.flatMap(({ file, problems }) => (problems.length > 0 ? [file] : []))),
      ignored: [],
    };
    for (const { objects } of this.#kinds) objects.begin();
    for (const { documents } of files) for (const document of documents) this.#take(document, pass);
    this.#keep(pass, isPartial);
    this.#duplicates = pass.duplicates;

    const { policy, warnings } = this.#permissions.resolve();
    for (const { document, kind, isNamespaced, remark } of warnings)
      report(pass, document, nameOf(document.value, kind, isNamespaced), [remark]);
    const providers = this.#providers.list();
    const guardrails = this.#guardrails.list();
    const secrets = new Map(
      [...referencedSecrets(providers, guardrails)].map((key) => [key, this.#secrets.state(key)]),
    );
    return {
      providers,
      guardrails,
      compile: this.#compile({
        providers,
        guardrails,
        unreadableGuardrail: (key) => (this.#guardrails.objects.isRefused(key) ? 'its manifest is invalid' : undefined),
        secrets,
      }),
      policy,
      ignored: pass.ignored,
      problems: pass.problems.toSorted(byPlace),
    };
  }

  /** What files that cannot be read held stays in force, and that is said of each of them. */
  #keep(pass: Pass, isPartial: boolean): void {
    const objects = new Set<string>();
    const grants = new Set<string>();
    for (const kind of this.#kinds) {
      const files = kind.objects.end((file) => isPartial || pass.broken.has(file));
      for (const file of files) (this.#permissions.kinds.includes(kind) ? grants : objects).add(file);
    }
    const say = (file: string, message: string): void => {
      pass.problems.push({ severity: 'error', file, line: 1, column: 1, message });
    };
    for (const file of grants) say(file, KEPT_GRANTS);
    // Of a directory that cannot be read, whoever read it has told.
    for (const file of objects) if (pass.broken.has(file)) say(file, KEPT_OBJECTS);
  }

  #take(document: ManifestDocument, pass: Pass): void {
    const { apiVersion, kind } = document.value;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
      return report(pass, document, undefined, [error([], 'a manifest must have `apiVersion` and `kind`')]);
    }
    const known = this.#kinds.find((each) => each.kind === kind && each.apiVersion === apiVersion);
    const object = nameOf(document.value, kind, known?.isNamespaced ?? true);
    if (known !== undefined) return this.#takeKnown(known, document, object, pass);
    const group = OWN_GROUPS.find((own) => apiVersion.startsWith(`${own}/`));
    if (group !== undefined) {
      const message = `no matches for kind "${kind}" in version "${apiVersion}": ${this.#kindsOf(group)}`;
      return report(pass, document, object, [error(['kind'], message)]);
    }
    pass.ignored.push(object);
  }

  /** What can be read of an API group, in words. */
  #kindsOf(group: string): string {
    const own = this.#kinds.filter(({ apiVersion }) => apiVersion.startsWith(`${group}/`));
    const versions = [...new Set(own.map(({ apiVersion }) => apiVersion))];
    const kinds = (version: string): string[] =>
      own.filter((each) => each.apiVersion === version).map(({ kind }) => kind);
    return versions.map((version) => `${version} has ${kinds(version).join(', ')}`).join('; ');
  }

  #takeKnown(kind: ObjectKind, document: ManifestDocument, object: ObjectName, pass: Pass): void {
    const key = `${object.namespace}/${object.name}`;
    if (object.name !== '') {
      const { line, column } = document.position([]);
      const definition = `${object.kind}/${key}`;
      const isOld = this.#duplicates.has(`${document.file} ${definition}`);
      const earlier = pass.seen.get(definition) ?? (isOld ? keeper(kind, key, pass) : undefined);
      if (earlier !== undefined) {
        pass.duplicates.add(`${document.file} ${definition}`);
        const message = `${object.kind} "${formatKey(object)}" is already defined at ${earlier}; this definition is ignored`;
        return report(pass, document, object, [error(['metadata', 'name'], message)]);
      }
      pass.seen.set(definition, `${document.file}:${line}:${column}`);
    }
    report(pass, document, object, kind.take(document, object, key));
  }
}

/** The file of the definition in force, if that file cannot be read whole at present. */
function keeper({ objects }: ObjectKind, key: string, { broken }: Pass): string | undefined {
  const file = objects.previousFile(key);
  return file !== undefined && broken.has(file) ? file : undefined;
}

function report(
  pass: Pass,
  document: ManifestDocument,
  object: ObjectName | undefined,
  remarks: readonly Remark[],
): void {
  for (const { severity, path, message } of remarks) {
    const where = { file: document.file, ...document.position(path) };
    pass.problems.push({ severity, ...where, ...(object === undefined ? {} : { object }), message });
  }
}

function nameOf(manifest: JSONObject, kind: string, isNamespaced: boolean): ObjectName {
  const metadata = manifest['metadata'];
  const text = (value: JSONValue | undefined): string => (typeof value === 'string' ? value : '');
  const { namespace, name } = isObject(metadata) ? metadata : {};
  return { kind, namespace: isNamespaced ? text(namespace) || DEFAULT_NAMESPACE : '', name: text(name) };
}
