import { expect, it } from 'vitest';

import { namedBy } from '../src/logic/besideIt';

it('finds the file that a document names, from the folder of the document', () => {
  expect(namedBy('sales.png', 'report.md')).toBe('sales.png');
  expect(namedBy('./plots/a%20b.png', 'out/report.html')).toBe('out/plots/a b.png');
  expect(namedBy('../sales.png?v=1#x', 'out/deep/report.md')).toBe('out/sales.png');
  expect(namedBy('график.svg', 'отчёт #1.md')).toBe('график.svg');
});

it('finds nothing where the address leads elsewhere', () => {
  for (const address of ['', '/sales.png', '\\\\host\\x.png', '//host/x.png', 'https://host/x.png', 'data:image/png;base64,AA', 'javascript:x', '#part', '?a', '%ff.png']) {
    expect(namedBy(address, 'report.md')).toBeNull();
  }
});
