/** Where Bedrock's control plane is: inference profiles, foundation models and the like have a host of their own. */
import type { ProviderEntry } from '../../table/types.ts';

/**
 * Domains of AWS's partitions, and those of its dual-stack endpoints.
 * https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
 */
const AWS_DOMAINS = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'api.aws',
  'api.amazonwebservices.com.cn',
  'api.amazonwebservices.eu',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
];

/** `bedrock-runtime.us-east-1.amazonaws.com`, its FIPS and dual-stack variants, in every partition. */
const RUNTIME = /^bedrock-runtime(-fips)?\.([a-z0-9-]+)\.(.+)$/;
/** `vpce-0123-abcd.bedrock-runtime.us-east-1.vpce.amazonaws.com`: an interface endpoint by its own name. */
const INTERFACE_ENDPOINT = /^vpce-[a-z0-9-]+\.bedrock(?:-runtime(-fips)?|-mantle)\.([a-z0-9-]+)\.vpce\.(.+)$/;
/** `bedrock-mantle.us-east-1.api.aws`; it exists in the partition `aws` only, which the control plane's name follows. */
const MANTLE = /^bedrock-mantle\.([a-z0-9-]+)\.api\.aws$/;

/**
 * {@link Wire.controlPlaneURL} for Bedrock: the region's `bedrock` host where the base URL is a runtime host of AWS's;
 * undefined, which is the base URL's own host, where it is any other. An interface endpoint of the control plane has a
 * name that cannot be known; its calls go to the region's name, which private DNS leads to it.
 */
export function controlPlaneURL(entry: ProviderEntry): string | undefined {
  const base = new URL(entry.baseURL);
  const host = controlPlaneHost(base.hostname);
  return host === undefined ? undefined : `${base.protocol}//${host}`;
}

function controlPlaneHost(host: string): string | undefined {
  const mantle = MANTLE.exec(host);
  if (mantle !== null) return `bedrock.${mantle[1]}.amazonaws.com`;
  const [, fips = '', region, domain] = RUNTIME.exec(host) ?? INTERFACE_ENDPOINT.exec(host) ?? [];
  if (region === undefined || domain === undefined || !AWS_DOMAINS.includes(domain)) return undefined;
  return `bedrock${fips}.${region}.${domain}`;
}
