/** What suites import; README.md beside it shows how. */
export { Connection, KubectlError, connectControlPlane } from './connection.ts';
export { ControlPlane } from './control-plane.ts';
export { describeControlPlane } from './suite.ts';
export { waitFor } from './wait.ts';
