/** `npm test`: makes a fresh clone ready, then runs every test. */
import { install, run } from './bootstrap.mjs';

install();
run('hack/test.ts');
