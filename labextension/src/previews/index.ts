/** The previews that come with the product, the best first. */

import { fallbackPreview } from './fallback';
import { htmlPreview } from './html';
import { imagePreview } from './image';
import { jsonPreview } from './json';
import { chartPreview, markdownPreview } from './markdown';
import { PreviewRegistry } from './registry';
import { tablePreview } from './table';
import { textPreview } from './text';

export function makePreviews(): PreviewRegistry {
  const registry = new PreviewRegistry();
  const all = [imagePreview, chartPreview, markdownPreview, htmlPreview, tablePreview, jsonPreview, textPreview, fallbackPreview];
  all.forEach(preview => registry.register(preview));
  return registry;
}

export { PreviewRegistry, type Preview, type PreviewProps } from './registry';
