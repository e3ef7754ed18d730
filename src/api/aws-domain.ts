/**
 * The domain that the hosts of a region's services lie in, for example `amazonaws.com` for `eu-central-1`. Each partition
 * of AWS has one: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
export function awsDomain(region: string): string {
  const partition = PARTITIONS.find(([prefix]) => region.startsWith(prefix));
  return partition?.[1] ?? 'amazonaws.com';
}

/** Regions of partitions that are not called by `amazonaws.com`, by the beginning of their names. */
const PARTITIONS: readonly (readonly [prefix: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
];
