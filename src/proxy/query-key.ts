/** `?key=`: the credential that Google's clients put into the query. It is read, and never forwarded or logged. */

/** The first `key` parameter's value as sent (not decoded), and the query without any of them. */
export function takeKey(query: string): { readonly key: string | undefined; readonly query: string } {
  if (query === '' || !mayHoldKey(query)) return { key: undefined, query };
  let key: string | undefined;
  const kept: string[] = [];
  for (const parameter of query.split('&')) {
    const equals = parameter.indexOf('=');
    const name = equals === -1 ? parameter : parameter.slice(0, equals);
    if (decode(name) === 'key') key ??= equals === -1 ? '' : parameter.slice(equals + 1);
    else kept.push(parameter);
  }
  return key === undefined ? { key, query } : { key, query: kept.join('&') };
}

function mayHoldKey(query: string): boolean {
  return query.includes('key') || query.includes('%');
}

function decode(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
