import path from 'node:path';
import { expect, test } from '@jest/globals';
import { chooseLogin } from './choose.ts';

test('the file with the secret of a program is found from every directory', async () => {
  const methods = { anonymous: false, jwt: [{ issuer: 'https://login.example.com', audiences: [] }] };
  const { login } = await chooseLogin(methods, { clientId: 'ci', clientSecretFile: 'secret' }, { env: {} }, undefined);
  expect(login).toMatchObject({ grantType: 'client_credentials', clientSecretFile: path.resolve('secret') });
});
