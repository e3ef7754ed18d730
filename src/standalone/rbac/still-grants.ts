import { error } from '../remark.ts';

// Whoever has taken a permission away and made a mistake in it must not believe that it is gone.

/** Of an object whose new version is invalid. */
export const STILL_GRANTS = error([], 'refused: the last valid version stays in force and grants what it granted');

/** Of a file that cannot be read any more. */
export const KEPT_GRANTS = 'the roles and bindings that this file held stay in force and grant what they granted';
