import type { ProviderEntry } from '../../table/types.ts';
import { isModelAllowed } from '../allowlist.ts';
import { filterList } from '../shared/list-filter.ts';

const SHAPE = { list: 'data', ids: ['id'] };

/** By this suffix agent CLIs offer a model with its long context window; the upstream does not know it. */
const CONTEXT_SUFFIX = '[1m]';

/**
 * A model list (`{"data":[{"id":…},…]}`) without the models that the entry does not allow. An allowlist that names
 * `x[1m]` gives `x` a sibling of that name, which pickers show as a model of its own.
 */
export function filterModelList(body: Buffer, entry: ProviderEntry): Buffer | undefined {
  const named = new Set(entry.models.map(({ name }) => name));
  return filterList(
    body,
    SHAPE,
    (id) => isModelAllowed(entry, id),
    (id, element) => (named.has(id + CONTEXT_SUFFIX) ? [sibling(element, id + CONTEXT_SUFFIX)] : []),
  );
}

function sibling(element: Buffer, id: string): Buffer {
  const model = JSON.parse(element.toString('utf8')) as Readonly<Record<string, unknown>>;
  const name = model['display_name'];
  return Buffer.from(
    JSON.stringify({ ...model, id, ...(typeof name === 'string' && { display_name: `${name} (1M context)` }) }),
  );
}
