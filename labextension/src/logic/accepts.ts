/** Which files a field takes, as its tool says it: `.csv`, `text/csv`, `image/*`. */

export function fits(file: { name: string; media_type: string }, accepts: readonly string[]): boolean {
  const name = file.name.toLowerCase();
  const type = file.media_type.toLowerCase();
  return (
    accepts.length === 0 ||
    accepts.some(each => {
      const word = each.toLowerCase();
      return word === '*/*' || (word.startsWith('.') ? name.endsWith(word) : word.endsWith('/*') ? type.startsWith(word.slice(0, -1)) : type === word);
    })
  );
}
