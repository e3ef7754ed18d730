/** Something that takes chat calls: the upstream itself, a reference, or the gateway. */
import type { BenchProcess } from './process.ts';

export interface Target {
  /** Column of the report. */
  readonly name: string;
  readonly port: number;
  /** Path in front of `/chat/completions`. */
  readonly basePath: string;
  readonly token: string;
  /** The process between load and upstream; undefined for `direct`. */
  readonly process: BenchProcess | undefined;
}
