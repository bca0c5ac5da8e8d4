/** What a tool is about, at a glance: by the name that it gives, else by its kind. */

import type { ReactElement } from 'react';

import type { Tool } from '../api/types';

/** 16 × 16, drawn in lines of one colour. */
const DRAWINGS: Record<string, string> = {
  graph: 'M4 5.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM12.3 6.5a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM7 13.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM5.9 4.2l4.5.3M4.7 5.8l1.6 4.4M11.3 6.2 8 10.4',
  table: 'M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.7h11M6.3 6.3V13',
  chart: 'M2.5 2.5v11h11M5.6 11V8M8.6 11V4.5M11.6 11V6.5',
  text: 'M3 4h10M3 8h10M3 12h6',
  file: 'M4 2.5h5.5l3 3v8H4zM9.3 2.7v3h3',
  folder: 'M2.5 12.5v-9h4l1.4 1.6h5.6v7.4z',
  image: 'M2.5 3h11v10h-11zM3 11.5l3-3.3 2.4 2.4 2-1.8 2.6 2.4M10.5 6.8a.8.8 0 1 0 0-1.6.8.8 0 0 0 0 1.6z',
  search: 'M7 11.3a4.3 4.3 0 1 0 0-8.6 4.3 4.3 0 0 0 0 8.6zM10.3 10.3 14 14',
  web: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2.2 8h11.6M8 2c2 2 2.4 4 2.4 6S10 12 8 14M8 2C6 4 5.6 6 5.6 8S6 12 8 14',
  database: 'M3 4.2c0-1.2 2.2-2 5-2s5 .8 5 2-2.2 2-5 2-5-.8-5-2zM3 4.2v7.6c0 1.2 2.2 2 5 2s5-.8 5-2V4.2M3 8c0 1.2 2.2 2 5 2s5-.8 5-2',
  check: 'M2.5 8.5 6.3 12.3 13.5 4.5',
  clean: 'M9.5 2.5 7.5 8M4.5 8h6.5l1 5.5H3.5zM6 13.3v-2M9 13.3v-2',
  convert: 'M2.5 5.5h9.5M9.5 3 12 5.5 9.5 8M13.5 10.5H4M6.5 8 4 10.5 6.5 13',
  download: 'M8 2.5v7.3M4.8 7 8 10.2 11.2 7M3 13.3h10',
  upload: 'M8 10.2V2.9M4.8 5.9 8 2.7l3.2 3.2M3 13.3h10',
  clock: 'M8 13.8a5.8 5.8 0 1 0 0-11.6 5.8 5.8 0 0 0 0 11.6zM8 4.6V8l2.2 1.6',
  mail: 'M2.5 4h11v8.5h-11zM2.7 4.3 8 8.7l5.3-4.4',
  number: 'M5.5 2.5 4.5 13.5M11.5 2.5l-1 11M2.8 5.8h10.7M2.5 10.2h10.7',
  code: 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5',
  script: 'M2.5 3h11v10h-11zM5 6l2 2-2 2M8.5 10.3H11',
  function: 'M10.8 3.2c-1.9-.9-2.8.2-3.1 1.9L6.4 11c-.4 1.7-1.3 2.6-3 1.9M4.8 7h5.4',
  notebook: 'M4 2.5h8.5v11H4zM6.5 2.5v11M2.8 5H5M2.8 8H5M2.8 11H5'
};

export const ICON_NAMES: readonly string[] = Object.keys(DRAWINGS);

export function ToolIconOf(props: { tool: Tool }): ReactElement {
  const { icon, kind } = props.tool;
  const known = Object.hasOwn(DRAWINGS, icon) ? icon : kind;
  return (
    <svg className="trn-icon" viewBox="0 0 16 16" width={16} height={16} aria-hidden="true" focusable="false">
      <path
        d={DRAWINGS[known] ?? DRAWINGS.script}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
