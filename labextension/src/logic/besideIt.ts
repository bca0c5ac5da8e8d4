/** Files that a document names, among those of its run. */

const RUN = 'https://run.invalid';

/** The name that an address in a document means, from the document's own folder; null where it leads out of the run. */
export function namedBy(address: string, document: string): string | null {
  if (address === '' || /^[/\\#?]/.test(address)) {
    return null;
  }
  try {
    const folder = document.split('/').map(encodeURIComponent).join('/');
    const { origin, pathname } = new URL(address, `${RUN}/${folder}`);
    return origin === RUN ? decodeURIComponent(pathname.slice(1)) : null;
  } catch {
    return null;
  }
}
