import { error } from '../remark.ts';

/** Whoever has taken a permission away and made a mistake in it must not believe that it is gone. */
export const STILL_GRANTS = error([], 'refused: the last valid version stays in force and grants what it granted');
