/** `npm start`: makes a fresh clone ready, then runs a gateway on loopback over examples/quickstart. */
import { argv } from 'node:process';
import { install, run } from './bootstrap.mjs';

install();
run('hack/start.ts', argv.slice(2));
