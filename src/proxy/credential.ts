/** Which credential a request carries. Pure; whose it is, is the authenticator's to say. */
import type { Exchange } from './exchange/exchange.ts';
import { isOfForeignPage } from './foreign-site.ts';
import { PROTOCOL_CREDENTIAL } from './request-head.ts';
import type { RequestHead } from './request-head.ts';

/** A header in which a credential may be; with a scheme it counts only behind that word. */
interface CredentialHeader {
  readonly name: string;
  readonly scheme?: 'Bearer';
}

/** The gateway's own header: whatever is in it is meant for nobody else. */
const OWN_HEADER: CredentialHeader = { name: 'X-Tidegate-Authorization', scheme: 'Bearer' };

/** In the order of the contract: the first one that holds a credential counts. */
export const CREDENTIAL_HEADERS: readonly CredentialHeader[] = [
  OWN_HEADER,
  { name: 'Authorization', scheme: 'Bearer' },
  { name: 'x-api-key' },
  { name: 'x-goog-api-key' },
  { name: 'api-key' },
];

/** The query parameter in which a credential may be, behind the headers. */
export const CREDENTIAL_PARAMETER = 'key';

const PLACES = CREDENTIAL_HEADERS.map(({ name, scheme }) => ({ name: name.toLowerCase(), scheme }));

/**
 * The client's credential, in the order of the contract: {@link CREDENTIAL_HEADERS}, `?key=`, and of a WebSocket's
 * handshake the subprotocol `openai-insecure-api-key.<token>`. A header that is there in another form (a SigV4 signature)
 * is passed over. `key`: as it stands in the query.
 */
export function credentialOf(head: RequestHead, key: string | undefined): string | undefined {
  for (const { name, scheme } of PLACES) {
    const value = head.credential(name);
    const credential = value === undefined ? undefined : scheme === undefined ? filled(value) : bearer(value);
    if (credential !== undefined) return credential;
  }
  return filled(key === undefined ? undefined : decoded(key)) ?? filled(head.credential(PROTOCOL_CREDENTIAL));
}

/** What is in the gateway's own header. */
export function ownCredentialOf(head: RequestHead): string | undefined {
  const value = head.credential('x-tidegate-authorization');
  return value === undefined ? undefined : bearer(value);
}

type Certificate = Pick<Exchange, 'clientCertificate' | 'certificateProblem'>;

const OF_FOREIGN_PAGE: Certificate = {
  clientCertificate: undefined,
  certificateProblem: 'A client certificate does not count for what the web page of another site asks.',
};

/** The client certificate that counts for a request, or why the one that came does not: a browser shows it for every site's pages. */
export function certificateOf(exchange: Exchange): Certificate {
  const isForeign = exchange.clientCertificate !== undefined && isOfForeignPage(exchange.rawHeaders);
  return isForeign ? OF_FOREIGN_PAGE : exchange;
}

/** RFC 6750 §2.1; the scheme's name is case-insensitive (RFC 9110 §11.1). */
function bearer(value: string): string | undefined {
  if (value.length < 8 || value.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return filled(value.slice(7).trim());
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
