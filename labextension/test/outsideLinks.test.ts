import { describe, expect, it } from 'vitest';

import { outsideLinks } from '../src/logic/outsideLinks';

const addresses = (...hrefs: string[]): string[] => outsideLinks(hrefs.map(href => ({ href, text: 'x' }))).map(({ address }) => address);

describe('links of a page', () => {
  it('are those that lead away from it', () => {
    expect(addresses('https://example.org/a?b=1#c', '//example.org/x', '#part', 'other.html', '/lab', 'javascript:alert(1)', 'data:text/html,x', 'mailto:a@b')).toEqual([
      'https://example.org/a?b=1#c',
      'https://example.org/x'
    ]);
  });

  it('stand there once, as a browser asks for them', () => {
    expect(addresses(' HTTPS://Example.org ', 'https://example.org/', 'https://exаmple.org/')).toEqual(['https://example.org/', 'https://xn--exmple-4nf.org/']);
  });

  it('hide no host behind a name of a user', () => {
    expect(addresses('https://good.example@bad.example/')).toEqual(['https://bad.example/']);
  });

  it('that are none are left out', () => {
    expect(addresses('https://', 'http://[::bad', '')).toEqual([]);
  });
});
