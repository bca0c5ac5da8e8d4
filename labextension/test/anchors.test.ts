import { describe, expect, it } from 'vitest';

import { placeOf, slugOf, slugsOf } from '../src/logic/anchors';

describe('addresses of headings', () => {
  it('are written as sites of repositories write them', () => {
    expect(slugOf('What is new, and what is not?')).toBe('what-is-new-and-what-is-not');
    expect(slugOf('snake_case & well-known')).toBe('snake_case--well-known');
    expect(slugOf(' Итоги за 2026 год ')).toBe('итоги-за-2026-год');
  });

  it('have a number where the text is there already', () => {
    expect(slugsOf(['Results', 'Results', 'Results 1', 'Results'])).toEqual(['results', 'results-1', 'results-1-1', 'results-2']);
  });
});

describe('a link within the page', () => {
  const places = new Set(['итоги', 'what-is-new', 'Exact']);

  it('leads where it says, encoded or not, in whatever letters', () => {
    expect(placeOf('Exact', places)).toBe('Exact');
    expect(placeOf('%D0%B8%D1%82%D0%BE%D0%B3%D0%B8', places)).toBe('итоги');
    expect(placeOf('What-is-new', places)).toBe('what-is-new');
    expect(placeOf('What is new?', places)).toBe('what-is-new');
  });

  it('leads to the top', () => {
    expect(placeOf('', places)).toBe('top');
    expect(placeOf('Top', places)).toBe('top');
  });

  it('leads nowhere where there is no such place', () => {
    expect(placeOf('elsewhere', places)).toBeNull();
    expect(placeOf('%E0%A4%A', places)).toBeNull();
  });
});
