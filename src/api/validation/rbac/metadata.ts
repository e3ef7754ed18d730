import type { FieldError } from '../field-error.ts';
import { pathSegmentProblems } from '../names.ts';
import { unknownMetadataFields, validateObjectMeta } from '../object-meta.ts';
import type { JSONObject } from '../schema.ts';

/** What a manifest says, and what is wrong with it. With an error `value` is not to be used. */
export interface Reading<T> {
  readonly value: T;
  readonly errors: readonly FieldError[];
}

/** RBAC objects may have names that others may not, such as `system:basic-user`. */
export function metadataErrors({ metadata }: JSONObject): FieldError[] {
  return [
    ...unknownMetadataFields(metadata).map((path): FieldError => ({
      type: 'Forbidden',
      path,
      message: `unknown field "${path.join('.')}"`,
    })),
    ...validateObjectMeta(metadata, pathSegmentProblems),
  ];
}
