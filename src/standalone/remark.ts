import type { FieldError, FieldPath } from '../api/validation/field-error.ts';

/** Something to tell about one field. */
export interface Remark {
  readonly severity: 'error' | 'warning';
  readonly path: FieldPath;
  readonly message: string;
}

export function error(path: FieldPath, message: string): Remark {
  return { severity: 'error', path, message };
}

export function remarksOf(errors: readonly FieldError[]): Remark[] {
  return errors.map(({ path, message }) => error(path, message));
}
