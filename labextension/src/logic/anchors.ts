/** Links within a page: to its headings, as sites of repositories name them, and to what names itself. */

/** A heading as an address: in small letters, without punctuation, a hyphen for each space. */
export function slugOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replace(/ /g, '-');
}

/** Each heading's address; a second one of the same text has a number after it. */
export function slugsOf(texts: readonly string[]): string[] {
  const taken = new Set<string>();
  return texts.map(text => {
    const slug = slugOf(text);
    let free = slug;
    for (let count = 1; taken.has(free); count += 1) {
      free = `${slug}-${count}`;
    }
    taken.add(free);
    return free;
  });
}

/** Where a link within the page leads, among the places that there are; written in another way, it is found all the same. The top is always there. */
export function placeOf(fragment: string, places: ReadonlySet<string>): string | null {
  const name = decoded(fragment);
  if (name === '' || name.toLowerCase() === 'top') {
    return 'top';
  }
  return [name, name.toLowerCase(), slugOf(name)].find(one => places.has(one)) ?? null;
}

/** The same HTML, in which links within the page work in a frame whose other links open elsewhere. */
export function withAnchors(html: string): string {
  if (!/href\s*=\s*["']?#/i.test(html)) {
    return html;
  }
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  // What names itself keeps its name in another attribute after the reading of Lab.
  body.querySelectorAll('[data-jupyter-id]:not([id])').forEach(named => {
    named.id = named.getAttribute('data-jupyter-id') ?? '';
  });
  const headings = [...body.querySelectorAll('h1,h2,h3,h4,h5,h6')];
  const slugs = slugsOf(headings.map(heading => heading.textContent));
  const places = new Set([...body.querySelectorAll('[id]')].map(named => named.id));
  headings.forEach((heading, index) => {
    const slug = slugs[index];
    if (slug !== undefined && !places.has(slug)) {
      // A place of its own, for the heading may have a name already.
      const place = document.createElement('span');
      place.id = slug;
      heading.prepend(place);
      places.add(slug);
    }
  });
  body.querySelectorAll('a[href^="#"]').forEach(link => {
    const place = placeOf((link.getAttribute('href') ?? '').slice(1), places);
    if (place === null) {
      link.removeAttribute('href');
    } else {
      // A bare fragment would be taken from Lab's own address.
      link.setAttribute('href', `about:srcdoc#${encodeURIComponent(place)}`);
      link.setAttribute('target', '_self');
    }
  });
  return body.innerHTML;
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
