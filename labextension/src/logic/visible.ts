/** Text from outside whose hidden signs can be seen: what turns the writing around, or has no width. */

const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export function visible(text: string): string {
  return text.replace(HIDDEN, sign => `‹${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}›`);
}
