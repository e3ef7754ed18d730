/** What suites import; README.md beside it shows how. */
export { Connection, KubectlError, connectControlPlane, type ConnectionDetails, type KubectlOptions } from './connection.ts';
export { ControlPlane, type ControlPlaneOptions } from './control-plane.ts';
export { describeControlPlane } from './suite.ts';
export { waitFor, type WaitOptions } from './wait.ts';
