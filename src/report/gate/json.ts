import { hasFailed } from '../../analysis/gate/result.ts';
import type { GateRenderer } from './report.ts';
import { inertJson } from '../../inertJson.ts';

/** Version of the gate's JSON; it changes when a field changes its name or meaning. */
const SCHEMA_VERSION = 1;

/** Every check with its numbers and the layers behind it. */
export const renderGateJson: GateRenderer = ({ config, results }, { tool }) =>
  `${inertJson({ schemaVersion: SCHEMA_VERSION, tool, config, passed: !hasFailed(results), results }, 2)}\n`;
