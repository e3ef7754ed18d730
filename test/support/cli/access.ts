/** A ClusterRole and its binding: the client `ci`, and whoever is in the group `research`, may look at providers and call them. */
export function developers(): object[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const subjects = [
    { kind: 'User', name: 'ci' },
    { kind: 'Group', name: 'research' },
  ].map((subject) => ({ apiGroup, ...subject }));
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'developer' },
      rules: [{ apiGroups: ['tidegate.io'], resources: ['llmproviders'], verbs: ['get', 'invoke'] }],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'developers' },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'developer' },
      subjects,
    },
  ];
}
