import { Gettext } from '@jupyterlab/translation/lib/gettext';
import { describe, expect, it, vi } from 'vitest';

import { serverText } from '../src/serverText';
import { setTranslator } from '../src/translation';

vi.stubGlobal('document', { documentElement: { getAttribute: () => 'ru-RU' } });

describe('a sentence of the server', () => {
  it('stays as it is on an English page', () => {
    expect(serverText('Run #12 ended already: succeeded.')).toBe('Run #12 ended already: succeeded.');
  });

  it('is said in the language of the page, with its values, where it is known', () => {
    const gettext = new Gettext({ locale: 'ru-RU', domain: 'x' });
    gettext.loadJSON({ '': { language: 'ru-RU', pluralForms: 'nplurals=1; plural=0;' }, 'Run #%1 ended already: %2.': ['Запуск #%1 уже завершён: %2.'] } as never, 'x');
    setTranslator({ languageCode: 'ru_RU', load: () => gettext });
    expect(serverText('Run #12 ended already: a (b).\nc.')).toBe('Запуск #12 уже завершён: a (b).\nc.');
    expect(serverText('Something else.')).toBe('Something else.');
  });
});
