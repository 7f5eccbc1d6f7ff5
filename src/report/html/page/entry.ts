import type { PageData } from '../render.ts';
import { showReport } from './main.ts';

declare global {
  /** In a page that has no report yet: what shows one. */
  var cspProfileShowReport: typeof showReport | undefined;
}

const data = document.getElementById('data')?.textContent;
if (data === undefined) globalThis.cspProfileShowReport = showReport;
else showReport(JSON.parse(data) as PageData, document.body);
