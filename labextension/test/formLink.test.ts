import { describe, expect, it } from 'vitest';

import { parseInteger } from '../src/logic/exact';
import { linkToForm, linkToPreset, readLink, withoutLink, withoutSecrets } from '../src/logic/formLink';

const VALUES = {
  text: 'it\'s "quoted" & = ? # % + / \\ \n\t\u0000 \u202e שלום 🎈 \ud800',
  big: parseInteger('-123456789012345678901234567890'),
  small: 1e-8,
  list: [[], {}, null, true, '', { deep: [{ er: 'я'.repeat(50) }] }],
  file: { artifact: '01abc' },
  'a name & more': ''
};

describe('a link to a filled form', () => {
  it('brings every value back exactly', () => {
    const link = linkToForm('https://x.org/user/me/lab', 'box.tool & co', VALUES);
    expect(/^https:\/\/x\.org\/user\/me\/lab\?[\w.=&%*+-]+$/.test(link)).toBe(true);
    expect(readLink(new URL(link).search)).toEqual({ tool: 'box.tool & co', values: VALUES, preset: null });
  });
  it('without values opens the form as it was left', () => {
    expect(readLink(new URL(linkToForm('http://x/lab', 'a.b', {})).search)).toEqual({ tool: 'a.b', values: null, preset: null });
  });
  it('names a preset', () => {
    expect(readLink(new URL(linkToPreset('http://x/lab', 'a.b', 'file-1')).search)).toEqual({ tool: 'a.b', values: null, preset: 'file-1' });
  });
  it('that was cut off says so, whatever is left of it', () => {
    const { search } = new URL(linkToForm('http://x/lab', 'a.b', VALUES));
    expect(readLink(search.slice(0, -7))?.values).toBeUndefined();
    expect(readLink('?toolrunner-form=a.b&toolrunner-values=%%%')?.values).toBeUndefined();
    expect(readLink('?toolrunner-form=a.b&toolrunner-values=WzFd')?.values).toBeUndefined();
  });
  it('leaves the rest of an address alone', () => {
    expect(readLink('?token=1')).toBeNull();
    expect(withoutLink('?token=1&toolrunner-form=a&toolrunner-values=e30&reset=')).toBe('token=1&reset=');
  });
  it('never has secrets', () => {
    expect(withoutSecrets({ key: { 'x-secret': true }, n: {} }, { key: 'k', n: 1 })).toEqual({ n: 1 });
  });
});
