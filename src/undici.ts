/**
 * The parts of undici that this product uses, and nothing else of it: its index also loads `fetch`, WebSocket, caches and
 * mocks, which take some 12 MB of every process. These paths are undici's own and no promise of its, so its version is
 * pinned and `cli/footprint.test.ts` notices when one of them moves.
 */
import { createRequire } from 'node:module';
import type undici from 'undici';

const require = createRequire(import.meta.url);

export const Pool = require('undici/lib/dispatcher/pool.js') as typeof undici.Pool;
export type Pool = undici.Pool;

export const buildConnector = require('undici/lib/core/connect.js') as typeof undici.buildConnector;

// What the index does for the methods `request` and `stream`.
Object.assign(Pool.prototype, require('undici/lib/api/index.js'));
