/**
 * Free ports on loopback, for servers that are told where to listen.
 *
 * They are none of those that the kernel chooses from (`ip_local_port_range`): those would be given to whoever asks for any
 * port, or connects somewhere, between the choice and the bind, and as long as a server is away that is to come back.
 */
import { readFileSync } from 'node:fs';
import { createServer, type ListenOptions, type Server } from 'node:net';

/** Above those that programs of this project choose for themselves. */
const FIRST = 20_000;
/** Default of Linux; other systems choose from higher ones. */
const FIRST_OF_THE_KERNEL = 32_768;
/** So many have to be left below those of the kernel, so that two that choose seldom meet. */
const ENOUGH = 2_000;

/** Distinct ports that are free, and are this process's until it ends: other processes of tests choose other ones. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  const end = firstOfTheKernel();
  while (ports.length < count) {
    const port = end - FIRST < ENOUGH ? await portOf({ port: 0 }) : FIRST + Math.floor(Math.random() * (end - FIRST));
    // In this order: looking takes the port for a moment, which may be another process's already.
    if (!ports.includes(port) && (await reserve(port)) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

function firstOfTheKernel(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  } catch {
    return FIRST_OF_THE_KERNEL;
  }
}

async function isFree(port: number): Promise<boolean> {
  try {
    return (await portOf({ port })) === port;
  } catch {
    return false;
  }
}

/** Where a server listened for a moment. */
async function portOf(options: ListenOptions): Promise<number> {
  const server = await listen({ host: '127.0.0.1', ...options });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * Whether nobody else has it. What says so is a socket of the same name in Linux's abstract namespace, which has an entry
 * once, and ends with the process.
 */
async function reserve(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  try {
    (await listen({ path: `\0tidegate-test-port-${port}` })).unref();
    return true;
  } catch {
    return false;
  }
}

async function listen(options: ListenOptions): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, resolve);
  });
  return server;
}
