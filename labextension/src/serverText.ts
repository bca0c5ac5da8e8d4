/** Sentences of the server in the language of the page. */

export function serverText(text: string): string {
  return text;
}
