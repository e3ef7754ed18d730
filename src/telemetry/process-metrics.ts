import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { VERSION } from './version.ts';

/** A registry with what every process shows: its memory, CPU, event loop and garbage collection, and which build it is. */
export function createRegistry(component: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'tidegate_build_info',
    help: 'Always 1. Labels: version, Node.js version, component.',
    labelNames: ['version', 'node', 'component'],
    registers: [registry],
  }).set({ version: VERSION, node: process.versions.node, component }, 1);
  return registry;
}
