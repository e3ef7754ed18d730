export { CommandError, EXIT, type CommandIO, type TextSink } from '../command/io.ts';
