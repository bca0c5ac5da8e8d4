/** Icons for Lab's own places: tabs, launcher, palette. */

import { LabIcon } from '@jupyterlab/ui-components';

import type { RunStatus } from './api/types';
import { markSvg } from './components/icons';

export const toolRunnerIcon = new LabIcon({
  name: 'toolrunner:tools',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16" height="16"><g class="jp-icon3" fill="#616161"><path d="M4 3h11a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm1 2v2h2V5zM4 10h7a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1zm0 6h7a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1z"/><path d="M14 11.2v9.1a.7.7 0 0 0 1.1.6l6.6-4.6a.7.7 0 0 0 0-1.1l-6.6-4.6a.7.7 0 0 0-1.1.6z"/></g></svg>'
});

export const historyIcon = new LabIcon({
  name: 'toolrunner:history',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16"><g fill="none" stroke="#616161" class="jp-icon3 trn-stroke-icon" stroke-width="1.4"><circle cx="8" cy="8" r="5.8"/><path d="M8 4.6V8l2.2 1.6" stroke-linecap="round"/></g></svg>'
});

export const queueIcon = new LabIcon({
  name: 'toolrunner:queue',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16"><path d="M2.5 4h2M6.5 4h7M2.5 8h2M6.5 8h7M2.5 12h2M6.5 12h7" fill="none" stroke="#616161" class="jp-icon3 trn-stroke-icon" stroke-width="1.4" stroke-linecap="round"/></svg>'
});

export const workersIcon = new LabIcon({
  name: 'toolrunner:workers',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16"><g fill="none" stroke="#616161" class="jp-icon3 trn-stroke-icon" stroke-width="1.4" stroke-linecap="round"><path d="M2.5 2.7h11v4h-11zM2.5 9.3h11v4h-11z"/><path d="M5 4.7h.01M5 11.3h.01M8 4.7h3M8 11.3h3"/></g></svg>'
});

export const retentionIcon = new LabIcon({
  name: 'toolrunner:retention',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16"><path d="M2.3 3h11.4v3H2.3zM3.4 6v7.2h9.2V6M6.4 8.7h3.2" fill="none" stroke="#616161" class="jp-icon3 trn-stroke-icon" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/></svg>'
});

export const scheduleIcon = new LabIcon({
  name: 'toolrunner:schedule',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16"><path d="M2.7 4h10.6v9.3H2.7zM2.7 7h10.6M5.5 2.5V5M10.5 2.5V5" fill="none" stroke="#616161" class="jp-icon3 trn-stroke-icon" stroke-width="1.4" stroke-linecap="round"/></svg>'
});

export const batchIcon = new LabIcon({
  name: 'toolrunner:batch',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16"><path d="M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M6.2 6.3V13" fill="none" stroke="#616161" class="jp-icon3 trn-stroke-icon" stroke-width="1.4" stroke-linecap="round"/></svg>'
});

const icons = new Map<RunStatus, LabIcon>();

/** The mark of a status, for a tab. */
export function statusIcon(status: RunStatus): LabIcon {
  let icon = icons.get(status);
  if (!icon) {
    icon = new LabIcon({ name: `toolrunner:${status}`, svgstr: markSvg(status) });
    icons.set(status, icon);
  }
  return icon;
}
