/**
 * Microseconds of the processor that this thread has used: what tests compare that say what is done once only. Time by the
 * clock is also that of others, for whom a busy machine stops us.
 */
export function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
