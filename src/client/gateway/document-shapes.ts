/** Whether what a gateway answers is what was asked for. Fields that are not known here are not looked at. */
import type {
  AuthenticationDocument,
  CallerDocument,
  ConditionDocument,
  ConnectionTestDocument,
  IssuerDocument,
  ModelDocument,
  ProviderDocument,
} from './documents.ts';
import { figure, isObject, listOf, mapOf, name, shaped, text, truth, word, type Check } from './shapes.ts';

/** Absolute, or a path. */
const address: Check = (value) => typeof value === 'string' && URL.canParse(value, 'http://localhost');

const issuer = shaped<IssuerDocument>(
  {
    issuer: word,
    audiences: listOf(text),
    tokenTypes: listOf(text),
    grantTypes: listOf(text),
    login: shaped<NonNullable<IssuerDocument['login']>>(
      { clientID: word, scopes: listOf(word), grantTypes: listOf(text) },
      ['clientID'],
    ),
  },
  ['issuer'],
);

const caller = shaped<CallerDocument>(
  { username: text, uid: text, groups: listOf(text), agent: text, expiresAt: text },
  ['username', 'groups'],
);

const authentication = shaped<AuthenticationDocument>(
  {
    version: text,
    anonymous: truth,
    jwt: listOf(issuer),
    serviceAccountTokens: shaped<NonNullable<AuthenticationDocument['serviceAccountTokens']>>(
      { audiences: listOf(text) },
      ['audiences'],
    ),
    x509: truth,
    caller,
  },
  ['anonymous', 'jwt'],
);

const model = shaped<ModelDocument>({ name: text, pricing: mapOf(figure), overridden: listOf(text), unpriced: truth }, [
  'name',
]);

const condition = shaped<ConditionDocument>({ type: text, status: text, reason: text, message: text }, [
  'type',
  'status',
]);

const provider = shaped<ProviderDocument>(
  {
    name,
    namespace: name,
    type: word,
    displayName: text,
    enabled: truth,
    auth: shaped<NonNullable<ProviderDocument['auth']>>({ mode: text }, ['mode']),
    models: listOf(model),
    url: address,
    conditions: listOf(condition),
  },
  ['name', 'namespace', 'conditions'],
);

const providers = listOf(provider);

const connectionTest = shaped<ConnectionTestDocument>(
  {
    namespace: text,
    provider: text,
    passed: truth,
    billed: truth,
    durationMilliseconds: figure,
    upstream: shaped<NonNullable<ConnectionTestDocument['upstream']>>({ status: figure, message: text }, ['status']),
    reason: text,
    message: text,
    hint: text,
  },
  ['passed'],
);

export function isAuthentication(value: unknown): value is AuthenticationDocument {
  return authentication(value);
}

export function isProvider(value: unknown): value is ProviderDocument {
  return provider(value);
}

export function isProviderList(value: unknown): value is { readonly providers: readonly ProviderDocument[] } {
  return isObject(value) && providers(value['providers']);
}

export function isConnectionTest(value: unknown): value is ConnectionTestDocument {
  return connectionTest(value);
}
