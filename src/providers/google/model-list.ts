import type { ProviderEntry } from '../../table/types.ts';
import { isModelAllowed } from '../allowlist.ts';
import { filterList } from '../shared/list-filter.ts';
import type { Operation } from '../wire.ts';
import { isGoogle, modelName } from './classify.ts';

const GOOGLE = { list: 'models', ids: ['name'] };
const OPENAI = { list: 'data', ids: ['id'] };

/**
 * A page of a model list (`{"models":[{"name":"models/…"},…],"nextPageToken"}`, or OpenAI's) without the models that the
 * entry does not allow. Names count without `models/`.
 */
export function filterModelList(body: Buffer, entry: ProviderEntry, operation: Operation): Buffer | undefined {
  const isOwn = isGoogle(operation);
  const filtered = filterList(body, isOwn ? GOOGLE : OPENAI, (id) => isModelAllowed(entry, modelName(id)));
  return filtered ?? (isOwn && isEmptyPage(body) ? body : undefined);
}

/** Google leaves out what is empty: a page without models is `{}`, or nothing but the token of the next one. */
function isEmptyPage(body: Buffer): boolean {
  return /^\s*\{\s*(?:"nextPageToken"\s*:\s*"[A-Za-z0-9_=-]*"\s*)?\}\s*$/.test(body.toString('latin1'));
}
