/** Pictures that a document of a run shows, when they are results of the same run: they become part of it. */

import type { ApiClient } from '../api/client';
import type { Artifact } from '../api/types';
import { namedBy } from '../logic/besideIt';

const PICTURE = /^image\/(png|jpeg|gif|webp|bmp|avif|svg\+xml)$/;
/** Bytes of all pictures of a document. */
const MOST = 20_000_000;

/** The HTML with those pictures in it; the very same text where there are none. */
export async function withPictures(html: string, artifact: Artifact, siblings: readonly Artifact[], client: ApiClient): Promise<string> {
  // The browser's own parser neither runs nor loads anything.
  const page = new DOMParser().parseFromString(html, 'text/html');
  const known = new Map(siblings.filter(one => one.attempt === artifact.attempt && PICTURE.test(one.media_type)).map(one => [one.name, one]));
  const data = new Map<string, string>();
  let room = MOST;
  let changed = false;
  for (const image of page.querySelectorAll('img[src]')) {
    const name = namedBy(image.getAttribute('src') ?? '', artifact.name);
    const picture = name === null ? undefined : known.get(name);
    if (!picture) {
      continue;
    }
    let address = data.get(picture.name);
    if (address === undefined) {
      if (picture.size > room) {
        continue;
      }
      room -= picture.size;
      address = await dataUrl(new Blob([await client.artifact(picture.id)], { type: picture.media_type }));
      data.set(picture.name, address);
    }
    image.setAttribute('src', address);
    image.removeAttribute('srcset');
    changed = true;
  }
  return changed ? (page.doctype ? '<!doctype html>' : '') + page.documentElement.outerHTML : html;
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(typeof reader.result === 'string' ? reader.result : '');
    reader.onerror = () => reject(reader.error ?? new Error('the picture could not be read'));
    reader.readAsDataURL(blob);
  });
}
