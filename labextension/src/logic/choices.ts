/** Finding one of many choices by what is written. */

export interface Choice {
  key: string;
  label: string;
  help?: string | undefined;
}

/** A list that is longer than this has a search. */
export const SEARCHED_FROM = 13;

/** Choices with all of the words, those that begin with the text first; otherwise in their order. */
export function findChoices<C extends Choice>(choices: readonly C[], text: string): C[] {
  const wanted = plain(text).trim();
  if (wanted === '') {
    return [...choices];
  }
  const words = wanted.split(/\s+/);
  const found = choices.filter(choice => {
    const all = plain(`${choice.label} ${choice.help ?? ''}`);
    return words.every(word => all.includes(word));
  });
  const begins = (choice: C): boolean => plain(choice.label).startsWith(wanted);
  return [...found.filter(begins), ...found.filter(choice => !begins(choice))];
}

/** Without regard to case and accents; Russian ё is е, while й stays what it is. */
function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/(?<![иИ])\p{M}/gu, '').normalize('NFC').toLowerCase();
}
