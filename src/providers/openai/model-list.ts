import type { ProviderEntry } from '../../table/types.ts';
import { isModelAllowed } from '../allowlist.ts';
import { filterList } from '../shared/list-filter.ts';

const SHAPE = { list: 'data', ids: ['id'] };

/** A model list (`{"data":[{"id":…},…]}`) without the models that the entry does not allow. */
export function filterModelList(body: Buffer, entry: ProviderEntry): Buffer | undefined {
  return filterList(body, SHAPE, (id) => isModelAllowed(entry, id));
}
