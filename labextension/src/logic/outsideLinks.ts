/** Where the links of a page that a tool wrote lead to. */

export interface OutsideLink {
  /** As the browser would ask for it: names of hosts in plain letters, so that none looks like another. */
  address: string;
  /** What the page calls it. */
  text: string;
}

const MOST = 200;

/** Links that lead away from the page, each address once, in the page's order. */
export function outsideLinks(found: readonly { href: string; text: string }[]): OutsideLink[] {
  const links = new Map<string, OutsideLink>();
  for (const { href, text } of found) {
    const address = addressOf(href);
    if (address !== null && !links.has(address) && links.size < MOST) {
      links.set(address, { address, text: text.replaceAll(/\s+/g, ' ').trim() });
    }
  }
  return [...links.values()];
}

/** Null where it is none that a browser opens elsewhere: a place in the page, a script, a file beside it. */
function addressOf(href: string): string | null {
  const trimmed = href.trim();
  // Without a scheme it would be a page of our own server.
  if (!/^(?:https?:)?[\\/]{2}/i.test(trimmed)) {
    return null;
  }
  try {
    const url = new URL(trimmed, 'https://localhost');
    url.username = '';
    url.password = '';
    return url.href;
  } catch {
    return null;
  }
}
