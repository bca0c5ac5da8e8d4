/** Stems of English and Russian words, as Snowball has them. Loaded when somebody searches. */

import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as russian } from '@orama/stemmers/russian';

const known = new Map<string, string>();

export function stemOf(word: string): string {
  let stem = known.get(word);
  if (stem === undefined) {
    stem = /^[а-я]/.test(word) ? russian(word) : english(word);
    known.set(word, stem);
  }
  return stem;
}
