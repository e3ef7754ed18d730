/**
 * A real OpenID provider (`oidc-provider`) on loopback, with TLS and a private authority. It issues access tokens that
 * are JWTs (RFC 9068) for the audience that it is told, by client credentials, authorization code with PKCE, refresh
 * and device flow. Its keys are the test's, so that a test can also sign what no honest provider would.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JWTPayload } from 'jose';
import { type InteractionResult, Provider } from 'oidc-provider';
import type { CertificateAuthority } from '../certificates.ts';
import { ProviderState } from './provider-state.ts';
import { signToken } from './forge.ts';
import { makeSigningKey, type SigningAlgorithm, type SigningKey } from './signing-key.ts';
import { sentForm, showConsentForm, showSignInForm } from './sign-in-forms.ts';
import { TLSOrigin } from './tls-origin.ts';

export const clientSecret = 'secret-of-the-client-4c1f09a7';
/** Where a browser is sent back to; nothing listens there. */
export const redirectURI = 'https://app.example.com/callback';
/** The scope that the gateway's resource has. */
export const resourceScope = 'llm';

const SCOPE = `openid offline_access groups ${resourceScope}`;

const clients = [
  { client_id: 'ci', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
  { client_id: 'batch', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
  {
    client_id: 'app',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectURI],
    response_types: ['code'],
  },
  {
    client_id: 'cli',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    // On any port (RFC 8252 §7.3).
    redirect_uris: ['http://127.0.0.1/callback'],
    response_types: ['code'],
  },
];

export interface IdentityProviderOptions {
  /** Resource indicator (RFC 8707) and audience of the tokens. */
  readonly audience: string;
  /** Of its TLS certificate; default: one of its own. */
  readonly authority?: CertificateAuthority;
  /** Default ES256. */
  readonly algorithm?: SigningAlgorithm;
  /** Life of an access token; default 600. */
  readonly accessTokenSeconds?: number;
}

export class IdentityProvider implements AsyncDisposable {
  readonly audience: string;
  /** The way in from the network: to look at requests, to go away, to misbehave. */
  readonly origin: TLSOrigin;
  /** Claims besides the usual ones, by person or client. Read when a token is issued. */
  readonly claims = new Map<string, Readonly<Record<string, unknown>>>();
  /** By person, for those who fill in the form. */
  readonly passwords = new Map<string, string>();
  accessTokenSeconds: number;
  #keys: readonly SigningKey[];
  #signingKey: SigningKey;
  #provider: Provider;
  readonly #state = new ProviderState();

  private constructor(origin: TLSOrigin, options: IdentityProviderOptions) {
    this.origin = origin;
    this.audience = options.audience;
    this.accessTokenSeconds = options.accessTokenSeconds ?? 600;
    this.#signingKey = makeSigningKey(options.algorithm ?? 'ES256');
    this.#keys = [this.#signingKey];
    this.#provider = this.#make();
    origin.handler = (request, response) => void this.#answer(request, response);
  }

  static async start(options: IdentityProviderOptions): Promise<IdentityProvider> {
    return new IdentityProvider(await TLSOrigin.start(options.authority), options);
  }

  get issuer(): string {
    return this.origin.url;
  }

  /** PEM of the authority that its TLS certificate is from. */
  get ca(): string {
    return this.origin.ca;
  }

  /** Fetches of its key set so far. */
  get keyFetches(): number {
    return this.origin.count('/jwks');
  }

  /** Those that it publishes. */
  get keys(): readonly SigningKey[] {
    return this.#keys;
  }

  get signingKey(): SigningKey {
    return this.#signingKey;
  }

  /** An entry of the gateway's `authentication.jwt`; `more` is put over it. */
  gatewayConfiguration(more: object = {}): object {
    return {
      issuer: { url: this.issuer, audiences: [this.audience], certificateAuthority: this.ca },
      claimMappings: { username: { claim: 'sub', prefix: '' }, groups: { claim: 'groups', prefix: '' } },
      ...more,
    };
  }

  /** Adds a key to the set without using it, as a careful provider does first. */
  publish(key: SigningKey): void {
    this.#keys = [...this.#keys, key];
    this.#provider = this.#make();
  }

  /** Signs with this key from now on. */
  signWith(key: SigningKey): void {
    if (!this.#keys.includes(key)) this.#keys = [...this.#keys, key];
    this.#signingKey = key;
    this.#provider = this.#make();
  }

  /** Takes a key out of the set. */
  retire(key: SigningKey): void {
    this.#keys = this.#keys.filter((one) => one !== key);
    this.#provider = this.#make();
  }

  /** Claims as a good access token of the client `ci` has them, good for ten minutes from now. */
  goodClaims(): JWTPayload {
    const now = Math.floor(Date.now() / 1000);
    return { iss: this.issuer, aud: this.audience, sub: 'ci', client_id: 'ci', iat: now, exp: now + 600 };
  }

  /** The header of a good access token. */
  goodHeader(key: SigningKey = this.#signingKey): { readonly alg: string; readonly typ: string; readonly kid: string } {
    return { alg: key.alg, typ: 'at+jwt', kid: key.kid };
  }

  /**
   * Signs any claims, as a stolen key or a careless provider would. They are put over good ones; `undefined` leaves a
   * claim or a member of the header out.
   */
  sign(
    claims: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
    key: SigningKey = this.#signingKey,
  ): string {
    return signToken({ ...this.goodHeader(key), ...header }, { ...this.goodClaims(), ...claims }, key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.origin[Symbol.asyncDispose]();
  }

  /** Keys are fixed for the life of a `Provider`; sessions, grants and codes are kept beside it, so a new one goes on. */
  #make(): Provider {
    const { kid, alg } = this.#signingKey;
    const keys = [this.#signingKey, ...this.#keys.filter((key) => key !== this.#signingKey)];
    return new Provider(this.issuer, {
      adapter: (kind: string) => this.#state.shelf(kind),
      jwks: { keys: keys.map((key) => key.jwk) },
      clients: clients.map((client) => ({ client_secret: clientSecret, ...client })),
      clientDefaults: { id_token_signed_response_alg: alg },
      cookies: { keys: ['cookies-of-the-identity-provider'] },
      claims: { openid: ['sub'], groups: ['groups'] },
      scopes: SCOPE.split(' '),
      conformIdTokenClaims: false,
      findAccount: (_context: unknown, id: string) => ({
        accountId: id,
        claims: () => ({ sub: id, ...this.claims.get(id) }),
      }),
      extraTokenClaims: (_context: unknown, token: { accountId?: string; clientId: string }) =>
        this.claims.get(token.accountId ?? token.clientId),
      interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      ttl: {
        AccessToken: () => this.accessTokenSeconds,
        ClientCredentials: () => this.accessTokenSeconds,
        DeviceCode: 600,
        Grant: 3600,
        IdToken: 600,
        Interaction: 600,
        RefreshToken: 3600,
        Session: 3600,
      },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        revocation: { enabled: true, allowedPolicy: () => true },
        deviceFlow: {
          enabled: true,
          userCodeConfirmSource: (context: { body: string }, form: string) => {
            context.body = form;
          },
          successSource: (context: { body: string }) => {
            context.body = 'signed in';
          },
        },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({
            scope: resourceScope,
            audience: this.audience,
            accessTokenTTL: this.accessTokenSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg, kid } },
          }),
        },
      },
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/interaction/') === true) await this.#interact(request, response);
    else await this.#provider.callback()(request, response);
  }

  /** Signs in whom the browser's cookie `person` names, and consents to everything; without it, asks. */
  async #interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params } = await this.#provider.interactionDetails(request, response);
    const atOnce = /(?:^|; )person=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
    const form = atOnce === undefined ? await sentForm(request) : undefined;
    if (form?.get('decision') === 'no') {
      await this.#finish(request, response, { error: 'access_denied', error_description: 'the person said no' });
    } else if (prompt.name === 'login') {
      const person = atOnce ?? this.#personOf(form);
      if (person === undefined) showSignInForm(response, { isWrong: form !== undefined });
      else await this.#finish(request, response, { login: { accountId: person } });
    } else if (atOnce === undefined && form === undefined) showConsentForm(response, params.client_id);
    else await this.#finish(request, response, { consent: { grantId: await this.#grant(request, response) } });
  }

  #personOf(form: URLSearchParams | undefined): string | undefined {
    const user = form?.get('user') ?? '';
    const password = this.passwords.get(user);
    return password !== undefined && password === form?.get('password') ? user : undefined;
  }

  /** Everything that was asked for. */
  async #grant(request: IncomingMessage, response: ServerResponse): Promise<string> {
    const provider = this.#provider;
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant = known ?? new provider.Grant({ accountId: session?.accountId ?? '', clientId: params.client_id });
    const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details;
    grant.addOIDCScope(missingOIDCScope.join(' '));
    for (const [resource, scopes] of Object.entries(missingResourceScopes))
      grant.addResourceScope(resource, scopes.join(' '));
    return grant.save();
  }

  #finish(request: IncomingMessage, response: ServerResponse, result: InteractionResult): Promise<void> {
    return this.#provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  }
}
