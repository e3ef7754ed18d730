/** What stands where a token would, at a gateway that asks nobody for one: SDKs and agents do not start without a key. */
export const UNUSED_KEY = 'unused';
