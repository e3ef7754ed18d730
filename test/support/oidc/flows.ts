/** Fetching tokens of an {@link IdentityProvider} as programs do, with `openid-client`. */
import * as openid from 'openid-client';
import { Agent, fetch } from 'undici';
import { Browser } from './browser.ts';
import { clientSecret, type IdentityProvider, redirectURI, resourceScope } from './identity-provider.ts';

export type Tokens = Awaited<ReturnType<typeof openid.refreshTokenGrant>>;

/** A program that is registered with a provider. */
export class OpenIDClient implements AsyncDisposable {
  readonly #provider: IdentityProvider;
  readonly #configuration: openid.Configuration;
  readonly #dispatcher: Agent;

  private constructor(provider: IdentityProvider, configuration: openid.Configuration, dispatcher: Agent) {
    this.#provider = provider;
    this.#configuration = configuration;
    this.#dispatcher = dispatcher;
  }

  /** @param id `ci`, `batch`, `app` or `cli` */
  static async discover(provider: IdentityProvider, id: string): Promise<OpenIDClient> {
    const dispatcher = new Agent({ connect: { ca: provider.ca } });
    const customFetch: openid.CustomFetch = (url, options) => fetch(url, { ...(options as object), dispatcher });
    const authentication = id === 'cli' ? openid.None() : openid.ClientSecretBasic(clientSecret);
    const configuration = await openid.discovery(new URL(provider.issuer), id, undefined, authentication, {
      [openid.customFetch]: customFetch,
    });
    return new OpenIDClient(provider, configuration, dispatcher);
  }

  /** As a program of its own (RFC 6749 §4.4). */
  clientCredentials(): Promise<Tokens> {
    return openid.clientCredentialsGrant(this.#configuration, {
      resource: this.#provider.audience,
      scope: resourceScope,
    });
  }

  /** On behalf of a person who signs in (RFC 6749 §4.1 with PKCE, RFC 7636). */
  async authorizationCode(person: string): Promise<Tokens> {
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const expectedState = openid.randomState();
    const expectedNonce = openid.randomNonce();
    const page = openid.buildAuthorizationUrl(this.#configuration, {
      redirect_uri: redirectURI,
      scope: `openid offline_access groups ${resourceScope}`,
      prompt: 'consent',
      resource: this.#provider.audience,
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
      { resource: this.#provider.audience },
    );
  }

  /** On behalf of a person who confirms in a browser elsewhere (RFC 8628). */
  async device(person: string): Promise<Tokens> {
    const started = await openid.initiateDeviceAuthorization(this.#configuration, {
      scope: `openid offline_access groups ${resourceScope}`,
      prompt: 'consent',
      resource: this.#provider.audience,
    });
    const page = new URL(started.verification_uri_complete ?? started.verification_uri);
    await new Browser(person, this.#dispatcher).open(page);
    return openid.pollDeviceAuthorizationGrant(
      this.#configuration,
      { ...started, interval: 0.1 },
      { resource: this.#provider.audience },
    );
  }

  refresh(refreshToken: string): Promise<Tokens> {
    return openid.refreshTokenGrant(this.#configuration, refreshToken, { resource: this.#provider.audience });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.close();
  }
}
