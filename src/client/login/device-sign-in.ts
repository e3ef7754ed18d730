/** Signs a person in with a browser on any other machine (RFC 8628). */
import * as client from 'openid-client';
import type { CommandIO } from '../../command/io.ts';
import { plain } from '../output/style.ts';
import type { Grant, GrantRequest } from './grant.ts';
import { failure } from './issuer.ts';

export async function signInByDevice(
  config: client.Configuration,
  { parameters }: GrantRequest,
  io: CommandIO,
): Promise<Grant> {
  // Keycloak wants a proof here where it is set to want one; those that do not know it do not look at it.
  const verifier = client.randomPKCECodeVerifier();
  const proof = {
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  try {
    const device = await client.initiateDeviceAuthorization(config, { ...parameters, ...proof });
    const { user_code: code, verification_uri: page, verification_uri_complete: whole } = device;
    io.stderr.write(`To sign in, open\n\n  ${plain(page)}\n\nin any browser, and enter the code ${plain(code)}\n`);
    if (whole !== undefined) io.stderr.write(`(or open ${plain(whole)})\n`);
    io.stderr.write('\n');
    const { resource } = parameters;
    const further = { code_verifier: verifier, ...(resource !== undefined && { resource }) };
    return await client.pollDeviceAuthorizationGrant(config, device, further, { signal: io.signal });
  } catch (error) {
    throw failure(error, 'the sign-in failed');
  }
}
