/** Paths of the Gemini API, and how they are joined with a base URL. */
import type { ProviderEntry } from '../../table/types.ts';
import { hasAllowlist } from '../allowlist.ts';
import { joinPath as joinVersioned } from '../shared/join-path.ts';
import { decodeComponent } from '../shared/percent.ts';
import type { UpstreamRequestHead } from '../wire.ts';

/** A version as the first segment of a path: `/v1`, `/v1beta`, `/v1alpha`. */
const LEADING_VERSION = /^\/v\d+[a-z]*\d*(?=\/|$)/;
/** A base URL that ends in a version, in two parts. */
const VERSIONED_BASE = /^([a-z]+:\/\/[^/]+(?:\/.*)?)(\/v\d+[a-z]*\d*)$/;

/** Media has the version behind its prefix: `/upload/v1beta/files`. */
const MEDIA = /^\/(upload|download)(?=\/)/;

/**
 * The spellings that no server reads as something else: unreserved characters (RFC 3986 §2.3) and colons between single
 * slashes, nothing encoded, no slash at the end, no dot segment.
 */
const CANONICAL = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.~:-]+)+$/;

/** Escapes of unreserved characters, which mean the same as the characters themselves (RFC 3986 §6.2.2.2). */
const ESCAPED_UNRESERVED = /%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])/g;

/** A path as this API may read it. */
export interface ReadPath {
  /** Without version, without media prefix, without slashes at its ends: `models/gemini-2.5-pro:generateContent`. */
  readonly call: string;
  /** Whether it begins with `/upload` or `/download`. */
  readonly media: boolean;
  /** Whether every server reads it so. */
  readonly exact: boolean;
}

/** Reads the path of a request, as the most lenient server would if need be. */
export function readPath(path: string): ReadPath {
  const plain = path.replace(ESCAPED_UNRESERVED, (escape) => decodeURIComponent(escape));
  if (CANONICAL.test(plain)) return { ...split(plain), exact: true };
  const lenient = (decodeComponent(path) ?? path).replace(/\/{2,}/g, '/').replace(/\/$/, '');
  return { ...split(lenient), exact: false };
}

function split(path: string): { readonly call: string; readonly media: boolean } {
  const inner = path.replace(MEDIA, '');
  return { call: inner.replace(LEADING_VERSION, '').slice(1), media: inner !== path };
}

/** Parameters by which Google takes a credential, beside `key`, which the route has taken. */
const CREDENTIALS: ReadonlySet<string> = new Set(['key', '$key', 'access_token', '$access_token', 'oauth_token']);

function isCredential(parameter: string): boolean {
  const name = parameter.split('=', 1)[0] ?? '';
  return CREDENTIALS.has(decodeComponent(name) ?? name);
}

/** The query without the client's credentials; the rest as it came. */
export function withoutCredentials(query: string): string {
  if (!/key|token|%/i.test(query)) return query;
  return query
    .split('&')
    .filter((parameter) => !isCredential(parameter))
    .join('&');
}

/** The most models that Google lists in one answer. */
const WHOLE_LIST = 'pageSize=1000';

/**
 * The query of a list of models that will be filtered. A page of which nothing stays would be an empty one with a next
 * one, on which Google's SDK for JavaScript stumbles: all models are asked for at once.
 */
function wholeList(query: string): string {
  const others = query.split('&').filter((parameter) => parameter !== '' && !/^page_?size(?:=|$)/i.test(parameter));
  return [...others, WHOLE_LIST].join('&');
}

/**
 * Path and query at the upstream. A version that the client names wins over that of the base URL, which stands for
 * paths that name none; the SDKs differ in whether and which. Media paths have their version behind `/upload`.
 */
export function joinPath(entry: ProviderEntry, head: Pick<UpstreamRequestHead, 'path' | 'query'>): string {
  const own = withoutCredentials(head.query);
  const query = hasAllowlist(entry) && readPath(head.path).call === 'models' ? wholeList(own) : own;
  const [, base, version] = VERSIONED_BASE.exec(entry.baseURL) ?? [];
  if (base === undefined || version === undefined) return joinVersioned(entry.baseURL, { path: head.path, query });
  const media = MEDIA.exec(head.path)?.[0] ?? '';
  const rest = head.path.slice(media.length);
  const path = LEADING_VERSION.test(rest) ? head.path : `${media}${version}${rest}`;
  return joinVersioned(base, { path, query });
}

/**
 * The path and query by which a client calls `url` through the gateway. Google's SDKs take the host of their own base
 * URL for it, so only the path counts here, too; undefined when it is no path of uploads.
 */
export function pathFromURL(entry: ProviderEntry, url: string): string | undefined {
  if (!URL.canParse(url, entry.baseURL)) return undefined;
  const { pathname: raw, search } = new URL(url, entry.baseURL);
  const pathname = raw.replace(/^\/+/, '/');
  const base = new URL(VERSIONED_BASE.exec(entry.baseURL)?.[1] ?? entry.baseURL).pathname.replace(/\/+$/, '');
  const path = pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : pathname;
  if (!MEDIA.test(path)) return undefined;
  const query = withoutCredentials(search.slice(1));
  return query === '' ? path : `${path}?${query}`;
}
