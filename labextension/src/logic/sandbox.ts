/**
 * Pages for what a tool wrote. Each stands in a frame inside of a frame: the inner one has no origin and may ask nobody for anything; the
 * outer one keeps it from going anywhere else, which a frame could do by itself.
 */

const CLOSED = [
  "default-src 'none'",
  'img-src data: blob:',
  'media-src data: blob:',
  'font-src data: blob:',
  "style-src 'unsafe-inline' data:",
  "form-action 'none'",
  "frame-src 'none'",
  "base-uri 'none'"
];
const SCRIPTS = ["script-src 'unsafe-inline' 'unsafe-eval' blob: data:", 'worker-src blob: data:', 'connect-src blob: data:'];

export interface FramePage {
  /** The document; whatever it holds. */
  html: string;
  /** Whether its scripts run. */
  scripts?: boolean;
  /** Whether a link that somebody clicks opens in a tab of the browser. */
  links?: boolean;
}

export function sandboxOf(page: FramePage): string {
  return [page.scripts ? 'allow-scripts' : '', page.links ? 'allow-popups allow-popups-to-escape-sandbox' : ''].join(' ').trim();
}

/** The document of the outer frame. */
export function framed(page: FramePage, title: string): string {
  const policy = [...CLOSED, ...(page.scripts ? SCRIPTS : [])].join('; ');
  return [
    '<!doctype html><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<style>html,body,iframe{display:block;width:100%;height:100%;margin:0;border:0}</style>',
    `<iframe sandbox="${sandboxOf(page)}" referrerpolicy="no-referrer" title="${escapeHtml(title)}" srcdoc="${escapeHtml(page.html)}"></iframe>`
  ].join('');
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

/** A document of our own around parts that are HTML already. */
export function pageOf(parts: { style: string; body: string; scripts?: readonly string[] }): string {
  const scripts = (parts.scripts ?? []).map(text => `<script>${text.replace(/<\/(script)/gi, '<\\/$1')}</script>`);
  return `<!doctype html><meta charset="utf-8"><base target="_blank"><style>${parts.style}</style><body>${parts.body}${scripts.join('')}`;
}
