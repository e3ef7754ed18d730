import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GRANT_TYPES, grantTypesOf, ofPublicClient } from './grant-types.ts';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

test.each<[what: string, metadata: Readonly<Record<string, unknown>>, types: readonly string[]]>([
  ['nothing', {}, ['authorization_code']],
  ['a device endpoint and no list', { device_authorization_endpoint: 'https://a/d' }, ['authorization_code', DEVICE]],
  ['a list', { grant_types_supported: [DEVICE, 'client_credentials'] }, [DEVICE, 'client_credentials']],
  ['a list and a device endpoint', { grant_types_supported: [], device_authorization_endpoint: 'https://a/d' }, []],
  ['unknown ones', { grant_types_supported: ['implicit', 'password', 5, null, '<b>'] }, []],
  ['no list at all', { grant_types_supported: 'refresh_token' }, ['authorization_code']],
])('an issuer that announces %s', (_what, metadata, types) => {
  expect(grantTypesOf(metadata)).toEqual(types);
});

test('whatever an issuer writes, nothing but known names is told of it', () => {
  const list = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.constantFrom<unknown>(...GRANT_TYPES), fc.jsonValue())));
  fc.assert(
    fc.property(list, fc.jsonValue(), (announced, endpoint) => {
      const types = grantTypesOf({ grant_types_supported: announced, device_authorization_endpoint: endpoint });
      expect(types).toEqual(GRANT_TYPES.filter((type) => types.includes(type)));
    }),
  );
});

test('a client without a secret has no credentials to be known by', () => {
  expect(ofPublicClient(GRANT_TYPES)).toEqual(['authorization_code', DEVICE, 'refresh_token']);
});
