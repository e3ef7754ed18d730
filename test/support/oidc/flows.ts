/** Fetching tokens of an {@link IdentityProvider} as programs do, with `openid-client`. */
import * as openid from 'openid-client';
import { Agent, fetch } from 'undici';
import { Browser } from './browser.ts';
import type { AuthenticationDocument } from '../../../src/proxy/authentication/document.ts';
import { clientSecret, type IdentityProvider, redirectURI, resourceScope } from './identity-provider.ts';

export type Tokens = Awaited<ReturnType<typeof openid.refreshTokenGrant>>;

/** What a program has to know to fetch tokens. */
interface Registration {
  readonly issuer: string;
  /** PEM of the authority that the issuer's certificate is from. */
  readonly ca: string;
  readonly clientID: string;
  /** None: the client is public. */
  readonly secret?: string;
  /** Resource indicator (RFC 8707). */
  readonly audience: string;
  /** What is asked for on behalf of a person. */
  readonly scope: string;
  readonly redirectURI: string;
}

/** A program that is registered with a provider. */
export class OpenIDClient implements AsyncDisposable {
  readonly #registration: Registration;
  readonly #configuration: openid.Configuration;
  readonly #dispatcher: Agent;

  private constructor(registration: Registration, configuration: openid.Configuration, dispatcher: Agent) {
    this.#registration = registration;
    this.#configuration = configuration;
    this.#dispatcher = dispatcher;
  }

  /** @param id `ci`, `batch`, `app` or `cli` */
  static async discover({ issuer, ca, audience }: IdentityProvider, id: string): Promise<OpenIDClient> {
    return OpenIDClient.#open({
      issuer,
      ca,
      clientID: id,
      ...(id === 'cli' ? {} : { secret: clientSecret }),
      audience,
      scope: `openid offline_access groups ${resourceScope}`,
      redirectURI,
    });
  }

  /**
   * A program that nobody has configured: it reads how people sign in from the gateway's own document.
   *
   * @param ca of the issuer, which a machine has among the authorities that it trusts
   */
  static async ofGateway({ jwt }: AuthenticationDocument, ca: string): Promise<OpenIDClient> {
    const known = jwt.find(({ login }) => login !== undefined);
    if (known?.login === undefined) throw new Error('the gateway does not say how people sign in');
    const { issuer, audiences, login } = known;
    return OpenIDClient.#open({
      issuer,
      ca,
      clientID: login.clientID,
      audience: audiences[0] ?? '',
      scope: login.scopes.join(' '),
      redirectURI: 'http://127.0.0.1:50007/callback',
    });
  }

  static async #open(registration: Registration): Promise<OpenIDClient> {
    const { issuer, ca, clientID, secret } = registration;
    const dispatcher = new Agent({ connect: { ca } });
    const customFetch: openid.CustomFetch = (url, options) => fetch(url, { ...(options as object), dispatcher });
    const authentication = secret === undefined ? openid.None() : openid.ClientSecretBasic(secret);
    const configuration = await openid.discovery(new URL(issuer), clientID, undefined, authentication, {
      [openid.customFetch]: customFetch,
    });
    return new OpenIDClient(registration, configuration, dispatcher);
  }

  /** As a program of its own (RFC 6749 §4.4). */
  clientCredentials(): Promise<Tokens> {
    return openid.clientCredentialsGrant(this.#configuration, {
      resource: this.#registration.audience,
      scope: resourceScope,
    });
  }

  /** On behalf of a person who signs in (RFC 6749 §4.1 with PKCE, RFC 7636). */
  async authorizationCode(person: string): Promise<Tokens> {
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const expectedState = openid.randomState();
    const expectedNonce = openid.randomNonce();
    const page = openid.buildAuthorizationUrl(this.#configuration, {
      redirect_uri: this.#registration.redirectURI,
      scope: this.#registration.scope,
      prompt: 'consent',
      resource: this.#registration.audience,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    });
    const { url } = await new Browser(person, this.#dispatcher).open(page);
    return openid.authorizationCodeGrant(
      this.#configuration,
      url,
      { pkceCodeVerifier, expectedState, expectedNonce },
      { resource: this.#registration.audience },
    );
  }

  /** On behalf of a person who confirms in a browser elsewhere (RFC 8628). */
  async device(person: string): Promise<Tokens> {
    const started = await openid.initiateDeviceAuthorization(this.#configuration, {
      scope: this.#registration.scope,
      prompt: 'consent',
      resource: this.#registration.audience,
    });
    const page = new URL(started.verification_uri_complete ?? started.verification_uri);
    await new Browser(person, this.#dispatcher).open(page);
    return openid.pollDeviceAuthorizationGrant(
      this.#configuration,
      { ...started, interval: 0.1 },
      { resource: this.#registration.audience },
    );
  }

  refresh(refreshToken: string): Promise<Tokens> {
    return openid.refreshTokenGrant(this.#configuration, refreshToken, { resource: this.#registration.audience });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close();
  }
}
