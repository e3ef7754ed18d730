import type { ProviderEntry } from '../../table/types.ts';
import { isModelAllowed } from '../allowlist.ts';
import { filterList, type ListShape } from '../shared/list-filter.ts';

/** Answers of `ListInferenceProfiles` and `ListFoundationModels`. An allowlist may name an id or an ARN. */
const SHAPES: readonly ListShape[] = [
  { list: 'inferenceProfileSummaries', ids: ['inferenceProfileId', 'inferenceProfileArn'] },
  { list: 'modelSummaries', ids: ['modelId', 'modelArn'] },
];

/** A list of inference profiles or foundation models without those that the entry does not allow. */
export function filterModelList(body: Buffer, entry: ProviderEntry): Buffer | undefined {
  for (const shape of SHAPES) {
    const filtered = filterList(body, shape, (id) => isModelAllowed(entry, id));
    if (filtered !== undefined) return filtered;
  }
  return undefined;
}
