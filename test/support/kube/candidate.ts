/**
 * A process that contends for leadership, to be killed by a test. Arguments: kubeconfig, namespace, Lease, identity,
 * lease in milliseconds. Prints `leads` when it leads and its outcome at the end; SIGTERM stops it.
 */
import { LeaderElector } from '../../../src/kube/leader.ts';
import { QuietLog } from './quiet-log.ts';
import { connectTo } from './real-cluster.ts';

const [kubeconfig = '', namespace = '', name = '', identity = '', leaseMs = ''] = process.argv.slice(2);
const { transport, metrics } = connectTo(kubeconfig);
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

const elector = new LeaderElector({
  transport,
  metrics,
  log: new QuietLog(),
  namespace,
  name,
  identity,
  leaseMs: Number(leaseMs),
  renewDeadlineMs: Number(leaseMs) / 2,
  // Also how long it takes at most to give the Lease back: less is too little on a busy machine.
  retryMs: 1_000,
  lead: async (signal) => {
    console.log('leads');
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  },
});
console.log(await elector.run(stopping.signal));
await transport.close();
