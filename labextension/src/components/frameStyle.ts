/** Lab's colours and letters for pages of ours in a frame, which can't see Lab's style. */

import { useEffect, useState } from 'react';

const NAMES = [
  '--jp-ui-font-color0',
  '--jp-ui-font-color2',
  '--jp-layout-color1',
  '--jp-layout-color2',
  '--jp-border-color2',
  '--jp-brand-color1',
  '--jp-error-color1',
  '--jp-content-font-color1',
  '--jp-cell-editor-background',
  '--jp-ui-font-family',
  '--jp-content-font-family',
  '--jp-code-font-family'
];

export interface FrameTheme {
  style: string;
  dark: boolean;
}

function look(): FrameTheme {
  const style = getComputedStyle(document.body);
  const values = NAMES.map(name => `${name}:${style.getPropertyValue(name).trim().replace(/[<>{};]/g, '')}`);
  const dark = document.body.dataset.jpThemeLight === 'false';
  return {
    dark,
    style: `:root{color-scheme:${dark ? 'dark' : 'light'};${values.join(';')}}
html{background:var(--jp-layout-color1);color:var(--jp-ui-font-color0);font:14px/1.6 var(--jp-content-font-family),sans-serif}
:focus-visible{outline:2px solid var(--jp-brand-color1);outline-offset:1px}`
  };
}

/** The theme as it is, anew when it changes. */
export function useFrameTheme(): FrameTheme {
  const [theme, setTheme] = useState(look);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(look()));
    observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}

/** Written text: headings, lists, tables, code. */
export const PROSE = `
body{margin:0;padding:12px 24px 32px;max-width:860px;overflow-wrap:break-word}
h1,h2,h3,h4{line-height:1.25;margin:1.2em 0 .5em}h1{font-size:1.7em}h2{font-size:1.35em}h3{font-size:1.15em}
p,ul,ol,table,pre,blockquote{margin:0 0 .8em}
a{color:color-mix(in srgb,var(--jp-brand-color1) 70%,var(--jp-ui-font-color0))}
code,pre{font-family:var(--jp-code-font-family),monospace;font-size:13px}
code{background:var(--jp-layout-color2);padding:1px 3px}pre{background:var(--jp-layout-color2);padding:8px 12px;overflow:auto;line-height:1.4}pre code{background:none;padding:0}
table{border-collapse:collapse;display:block;overflow:auto;font-size:13px}th,td{border:1px solid var(--jp-border-color2);padding:3px 8px;text-align:start}th{background:var(--jp-layout-color2)}
blockquote{border-inline-start:3px solid var(--jp-border-color2);padding-inline-start:12px;color:var(--jp-ui-font-color2)}
img,svg,video{max-width:100%}hr{border:0;border-top:1px solid var(--jp-border-color2)}`;
