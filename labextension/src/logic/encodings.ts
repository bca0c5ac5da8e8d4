/** In which encoding a text is written, by its bytes. */

const MARKS: readonly [readonly number[], string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be']
];
const SAMPLE = 65_536;

/** A name that TextDecoder takes: what is no UTF-8 is Windows-1251 where it looks like words, else Windows-1252. */
export function encodingOf(bytes: Uint8Array): string {
  const mark = MARKS.find(([start]) => start.every((byte, i) => bytes[i] === byte));
  if (mark) {
    return mark[1];
  }
  const sample = bytes.subarray(0, SAMPLE);
  try {
    // What is cut off inside of a character is no error in a stream.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return 'utf-8';
  } catch {
    return looksCyrillic(sample) ? 'windows-1251' : 'windows-1252';
  }
}

export function decode(bytes: Uint8Array, encoding = encodingOf(bytes)): string {
  return new TextDecoder(encoding).decode(bytes);
}

function looksCyrillic(sample: Uint8Array): boolean {
  let high = 0;
  let inWords = 0;
  let run = 0;
  for (let i = 0; i <= sample.length; i++) {
    const byte = sample[i] ?? 0;
    high += byte >= 0x80 ? 1 : 0;
    if (byte >= 0xc0 || byte === 0xa8 || byte === 0xb8) {
      run += 1;
    } else {
      inWords += run >= 2 ? run : 0;
      run = 0;
    }
  }
  return inWords * 2 > high;
}
