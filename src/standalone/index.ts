/** A directory of manifests as the source of providers, Guardrails and Secrets. */
export { Catalog, DEFAULT_NAMESPACE } from './catalog.ts';
export { parseFile, readDirectory, readText, type FileText, type ReadFile } from './directory.ts';
export type { ManifestDocument } from './documents.ts';
export { byPlace, formatProblem } from './report.ts';
export type * from './types.ts';
export { watchManifests } from './watch.ts';
