/** `npm test`: makes a fresh clone ready, then runs every test. */
import { install, run } from './bootstrap.mjs';
import { scriptArguments } from './script-arguments.mjs';

scriptArguments(`npm test
  every test; some of them: npm run test:only -- <options of jest>
`);
install();
run('hack/test.ts');
