/**
 * How a proxy tells which table it serves: by its own Lease, which it renews as long as it lives. The proxy writes these
 * labels and annotations, the operator reads them; `Active` comes from nothing else.
 */

/** Label on a proxy's Lease: the name of the table Secret that it serves. The operator selects by it. */
export const TABLE_LABEL = 'tidegate.io/table';

/** Annotation on a proxy's Lease: the revision that it serves. Absent: none yet. */
export const REVISION_ANNOTATION = 'tidegate.io/revision';

/** Annotation on a proxy's Lease: why it could not take the newest table, as `Code: message`. Absent: it could. */
export const TABLE_ERROR_ANNOTATION = 'tidegate.io/table-error';

/** Every proxy's Lease has a name that begins so; the chart's admission policy confines proxies to such names. */
export const PROXY_LEASE_PREFIX = 'tidegate-proxy-';

/** Seconds that a proxy's Lease is good for after its last renewal. */
export const PROXY_LEASE_SECONDS = 15;

/** Seconds between renewals of a proxy's Lease. */
export const PROXY_LEASE_RENEW_SECONDS = 5;

/** What a proxy says of itself. */
export interface Acknowledgement {
  readonly revision?: string;
  readonly tableError?: { readonly code: string; readonly message: string };
}

/** The Lease name of the proxy with this identity (its pod's name). */
export function proxyLeaseName(identity: string): string {
  const safe = identity
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  return `${PROXY_LEASE_PREFIX}${safe || 'unnamed'}`.slice(0, 253).replace(/[.-]+$/, '');
}

/** Metadata that a proxy's Lease carries. A field that is absent must be removed from the Lease. */
export function acknowledgementMetadata(
  tableSecret: string,
  acknowledgement: Acknowledgement,
): { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> } {
  const { revision, tableError } = acknowledgement;
  return {
    labels: { [TABLE_LABEL]: tableSecret },
    annotations: {
      ...(revision === undefined ? {} : { [REVISION_ANNOTATION]: revision }),
      ...(tableError === undefined
        ? {}
        : { [TABLE_ERROR_ANNOTATION]: `${tableError.code}: ${oneLine(tableError.message)}` }),
    },
  };
}

/** What a Lease's annotations say. Total: whatever is not of the expected form counts as not said. */
export function readAcknowledgement(annotations: Readonly<Record<string, string>> | undefined): Acknowledgement {
  const revision = annotations?.[REVISION_ANNOTATION];
  const error = annotations?.[TABLE_ERROR_ANNOTATION];
  const parsed = error === undefined ? undefined : /^([A-Za-z]{1,63}): (.*)$/.exec(oneLine(error));
  return {
    ...(revision !== undefined && /^[0-9a-f]{64}$/.test(revision) ? { revision } : {}),
    ...(parsed ? { tableError: { code: parsed[1] ?? '', message: parsed[2] ?? '' } } : {}),
  };
}

/** Longest message that is taken from or put into an annotation. */
const MAX_MESSAGE = 512;

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_MESSAGE);
}
