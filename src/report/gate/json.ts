import { hasFailed } from '../../analysis/gate/result.ts';
import type { GateRenderer } from './report.ts';

/** Version of the gate's JSON; it changes when a field changes its name or meaning. */
const SCHEMA_VERSION = 1;

/** Every check with its numbers and the layers behind it. */
export const renderGateJson: GateRenderer = ({ config, results }, { tool }) =>
  `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, tool, config, passed: !hasFailed(results), results }, undefined, 2)}\n`;
