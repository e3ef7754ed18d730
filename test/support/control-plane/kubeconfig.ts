/** Kubeconfig files, written as JSON, which is YAML. */
import { writeFileSync } from 'node:fs';

/** Who the file's user is. */
export type Credential =
  { readonly token: string } | { readonly clientCertificate: string; readonly clientKey: string };

/** Writes a kubeconfig with one cluster, user and context, readable by the owner only. */
export function writeKubeconfig(
  path: string,
  cluster: { readonly server: string; readonly caFile: string },
  credential: Credential,
  namespace = 'default',
): string {
  const user =
    'token' in credential
      ? { token: credential.token }
      : { 'client-certificate': credential.clientCertificate, 'client-key': credential.clientKey };
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: cluster.server, 'certificate-authority': cluster.caFile } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
    'current-context': 'test',
  };
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return path;
}
