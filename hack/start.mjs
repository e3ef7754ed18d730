/** `npm start`: makes a fresh clone ready, then runs a gateway on loopback over examples/quickstart. */
import { install, run } from './bootstrap.mjs';
import { scriptArguments } from './script-arguments.mjs';

scriptArguments(`npm start
  a gateway on loopback over examples/quickstart, with a demonstration upstream; Ctrl-C ends it
  TIDEGATE_LOG_LEVEL sets its log level (default: warn)
`);
install();
run('hack/start.ts');
