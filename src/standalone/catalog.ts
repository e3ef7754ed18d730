import type { LLMProvider } from '../api/generated/llmprovider.ts';
import { LLM_PROVIDER_SCHEMA } from '../api/generated/llmprovider-schema.ts';
import { API_VERSION, GROUP, LLM_PROVIDER } from '../api/group.ts';
import { admitCustomResource } from '../api/validation/admission.ts';
import { isObject, type JSONObject, type JSONValue } from '../api/validation/schema.ts';
import { compile, referencedSecrets } from '../compile/index.ts';
import type { SecretState } from '../compile/types.ts';
import { canonicalJSON } from '../table/index.ts';
import type { ReadFile } from './directory.ts';
import { DocumentMemo } from './document-memo.ts';
import type { ManifestDocument } from './documents.ts';
import { byPlace } from './report.ts';
import { readSecret, type Remark, type SecretData } from './secret.ts';
import type { CatalogResult, ManifestResult, ObjectName, Problem } from './types.ts';

/** Namespace of objects that name none. */
export const DEFAULT_NAMESPACE = 'default';

/** One accepted object and the file that it came from. */
interface Accepted<T> {
  readonly file: string;
  readonly value: T;
}

interface AcceptedProvider {
  readonly object: JSONObject;
  readonly uid: string;
  readonly generation: number;
}

/** What one pass over all documents gathers. */
interface Pass {
  readonly providers: Map<string, Accepted<AcceptedProvider>>;
  readonly secrets: Map<string, Accepted<SecretData>>;
  /** Secrets that are there and were never valid. */
  readonly invalidSecrets: Set<string>;
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
 * the last valid version stays, objects keep their uid and their generation rises with every change of `spec`, and what
 * is no longer in any file is gone. A file that cannot be read or parsed loses nothing that came from it.
 */
export class Catalog {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #incarnations = new Map<string, number>();
  #duplicates: ReadonlySet<string> = new Set();
  readonly #memo = new DocumentMemo();
  /** As handed over, so that what has not changed is the same object. */
  readonly #handedOver = new WeakMap<AcceptedProvider, LLMProvider>();
  #providers: ReadonlyMap<string, Accepted<AcceptedProvider>> = new Map();
  #secrets: ReadonlyMap<string, Accepted<SecretData>> = new Map();

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /**
   * Takes everything that the files say now. Their order decides which of two definitions of one object counts. With
   * `isPartial` the files are not all that there are, and nothing is taken for deleted.
   */
  update(files: readonly ReadFile[], isPartial = false): CatalogResult {
    const pass: Pass = {
      providers: new Map(),
      secrets: new Map(),
      invalidSecrets: new Set(),
      problems: files.flatMap(({ problems }) => problems),
      seen: new Map(),
      duplicates: new Set(),
      broken: new Set(files.flatMap(({ file, problems }) => (problems.length > 0 ? [file] : []))),
      ignored: [],
    };
    for (const { documents } of files) for (const document of documents) this.#take(document, pass);
    const isKept = (file: string): boolean => isPartial || pass.broken.has(file);
    keep(this.#providers, pass.providers, isKept);
    keep(this.#secrets, pass.secrets, isKept);
    this.#providers = pass.providers;
    this.#secrets = pass.secrets;
    this.#duplicates = pass.duplicates;
    return { ...this.#result(pass), ignored: pass.ignored, problems: pass.problems.toSorted(byPlace) };
  }

  #take(document: ManifestDocument, pass: Pass): void {
    const { apiVersion, kind } = document.value;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
      return report(pass, document, undefined, [error([], 'a manifest must have `apiVersion` and `kind`')]);
    }
    const object = nameOf(document.value, kind);
    const isOurs = apiVersion.startsWith(`${GROUP}/`);
    if (isOurs && (apiVersion !== API_VERSION || kind !== LLM_PROVIDER.kind)) {
      return report(pass, document, object, [
        error(['kind'], `no matches for kind "${kind}" in version "${apiVersion}"`),
      ]);
    }
    if (!isOurs && !(apiVersion === 'v1' && kind === 'Secret')) {
      pass.ignored.push(object);
      return;
    }
    const key = `${object.namespace}/${object.name}`;
    if (object.name !== '') {
      const { line, column } = document.position([]);
      const definition = `${kind}/${key}`;
      const keeper = this.#keeper(isOurs ? this.#providers : this.#secrets, key, pass);
      const isOld = this.#duplicates.has(`${document.file} ${definition}`);
      const earlier = pass.seen.get(definition) ?? (isOld ? keeper : undefined);
      if (earlier !== undefined) {
        pass.duplicates.add(`${document.file} ${definition}`);
        const message = `${kind} "${key}" is already defined at ${earlier}; this definition is ignored`;
        return report(pass, document, object, [error(['metadata', 'name'], message)]);
      }
      pass.seen.set(definition, `${document.file}:${line}:${column}`);
    }
    if (isOurs) this.#takeProvider(document, object, key, pass);
    else this.#takeSecret(document, object, key, pass);
  }

  #takeProvider(document: ManifestDocument, object: ObjectName, key: string, pass: Pass): void {
    const previous = this.#providers.get(key);
    const old = previous?.value.object;
    const admission = this.#memo.admission(document, old, () =>
      admitCustomResource(inNamespace(document.value, object.namespace), LLM_PROVIDER_SCHEMA, old),
    );
    if (admission.errors.length > 0) {
      report(
        pass,
        document,
        object,
        admission.errors.map(({ path, message }) => error(path, message)),
      );
      if (previous !== undefined) pass.providers.set(key, { ...previous, file: document.file });
      return;
    }
    pass.providers.set(key, { file: document.file, value: this.#store(key, admission.object, previous?.value) });
  }

  #store(key: string, object: JSONObject, previous: AcceptedProvider | undefined): AcceptedProvider {
    if (previous === undefined) {
      const incarnation = (this.#incarnations.get(key) ?? 0) + 1;
      this.#incarnations.set(key, incarnation);
      return { object, uid: `${key}/${incarnation}`, generation: 1 };
    }
    if (object === previous.object) return previous;
    const isChanged = canonicalJSON(object['spec']) !== canonicalJSON(previous.object['spec']);
    return { object, uid: previous.uid, generation: previous.generation + (isChanged ? 1 : 0) };
  }

  #takeSecret(document: ManifestDocument, object: ObjectName, key: string, pass: Pass): void {
    const { data, remarks } = this.#memo.secret(document, () => readSecret(document.value, this.#env));
    report(pass, document, object, remarks);
    const previous = this.#secrets.get(key);
    if (!remarks.some(({ severity }) => severity === 'error'))
      pass.secrets.set(key, { file: document.file, value: data });
    else if (previous !== undefined) pass.secrets.set(key, { ...previous, file: document.file });
    else pass.invalidSecrets.add(key);
  }

  /** The file of the definition in force, if that file cannot be read whole at present. */
  #keeper(accepted: ReadonlyMap<string, Accepted<unknown>>, key: string, { broken }: Pass): string | undefined {
    const file = accepted.get(key)?.file;
    return file !== undefined && broken.has(file) ? file : undefined;
  }

  #handOver(accepted: AcceptedProvider): LLMProvider {
    const provider = this.#handedOver.get(accepted) ?? toProvider(accepted);
    this.#handedOver.set(accepted, provider);
    return provider;
  }

  #result({ providers, secrets, invalidSecrets }: Pass): Pick<ManifestResult, 'providers' | 'compile' | 'policy'> {
    const objects = [...providers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { value }]) => this.#handOver(value));
    const states = [...referencedSecrets(objects)].map((key): [string, SecretState] => {
      const found = secrets.get(key);
      if (found !== undefined) return [key, { kind: 'Present', data: found.value }];
      if (invalidSecrets.has(key)) return [key, { kind: 'Unreadable', message: 'its manifest is invalid' }];
      return [key, { kind: 'Missing' }];
    });
    return {
      providers: objects,
      compile: compile({ providers: objects, secrets: new Map(states) }),
      policy: { bindings: [] },
    };
  }
}

/** Objects of files that could not be read whole stay in force unless they are defined elsewhere now. */
function keep<T>(
  before: ReadonlyMap<string, Accepted<T>>,
  now: Map<string, Accepted<T>>,
  isKept: (file: string) => boolean,
): void {
  for (const [key, accepted] of before) if (!now.has(key) && isKept(accepted.file)) now.set(key, accepted);
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

function error(path: Remark['path'], message: string): Remark {
  return { severity: 'error', path, message };
}

function nameOf(manifest: JSONObject, kind: string): ObjectName {
  const metadata = manifest['metadata'];
  const text = (value: JSONValue | undefined): string => (typeof value === 'string' ? value : '');
  const { namespace, name } = isObject(metadata) ? metadata : {};
  return { kind, namespace: text(namespace) || DEFAULT_NAMESPACE, name: text(name) };
}

function inNamespace(manifest: JSONObject, namespace: string): JSONObject {
  const metadata = manifest['metadata'];
  if (!isObject(metadata) || (metadata['namespace'] ?? '') !== '') return manifest;
  return { ...manifest, metadata: { ...metadata, namespace } };
}

/** What validation has accepted has the type that its schema is the source of. */
function toProvider({ object, uid, generation }: AcceptedProvider): LLMProvider {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, uid, generation } } as unknown as LLMProvider;
}
