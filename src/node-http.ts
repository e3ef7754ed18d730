/**
 * `node:http` without an `import` of its values: that would read every export, and reading its `WebSocket` makes Node load
 * the whole of its built-in fetch, some 5 MB.
 */
const http = process.getBuiltinModule('node:http');

export const { createServer, STATUS_CODES, validateHeaderName, validateHeaderValue } = http;
