/** The previews that come with the product, the best first. */

import type { Artifact } from '../api/types';
import { later } from '../components/boundary';
import { trans } from '../translation';
import { PreviewRegistry, type Preview } from './registry';

const MB = 1_000_000;

function typed(pattern: RegExp): Preview['accepts'] {
  return ({ media_type }) => pattern.test(media_type);
}

function isRecords({ media_type, metadata }: Artifact): boolean {
  return media_type === 'application/json' && (metadata.rows !== undefined || metadata.kind === 'table');
}

const previews: Preview[] = [
  {
    name: 'image',
    title: () => trans.__('Image'),
    accepts: typed(/^image\/(png|jpeg|gif|webp|svg\+xml|bmp|avif|x-icon|vnd\.microsoft\.icon|tiff|x-portable-\w+)$/),
    largest: 500 * MB,
    component: later(async () => (await import('./image')).default)
  },
  {
    name: 'chart',
    title: () => trans.__('Chart'),
    accepts: typed(/^application\/vnd\.(vega|vegalite|plotly)\.v\d+\+json$/),
    largest: 50 * MB,
    component: later(async () => (await import('./chart')).default)
  },
  {
    name: 'graph',
    title: () => trans.__('Graph'),
    accepts: artifact =>
      /graphml|gexf|toolrunner\.graph/.test(artifact.media_type) || (artifact.media_type === 'application/json' && artifact.metadata.nodes !== undefined),
    largest: 200 * MB,
    component: later(async () => (await import('./graph')).default)
  },
  {
    name: 'notebook',
    title: () => trans.__('Notebook'),
    accepts: typed(/ipynb/),
    largest: 50 * MB,
    component: later(async () => (await import('./notebook')).default)
  },
  {
    name: 'markdown',
    title: () => trans.__('Page'),
    accepts: typed(/^text\/markdown$/),
    largest: 5 * MB,
    component: later(async () => (await import('./markdown')).default)
  },
  {
    name: 'html',
    title: () => trans.__('Page'),
    accepts: typed(/^(text\/html|application\/xhtml\+xml)$/),
    largest: 50 * MB,
    component: later(async () => (await import('./html')).default)
  },
  {
    name: 'pdf',
    title: () => 'PDF',
    accepts: typed(/^application\/pdf$/),
    largest: 200 * MB,
    component: later(async () => (await import('./pdf')).default)
  },
  {
    name: 'table',
    title: () => trans.__('Table'),
    accepts: artifact => /^text\/(csv|tab-separated-values)$|parquet|arrow|ndjson/.test(artifact.media_type) || isRecords(artifact),
    component: later(async () => (await import('./table')).default)
  },
  {
    name: 'json',
    title: () => 'JSON',
    accepts: typed(/[/+]json$/),
    component: later(async () => (await import('./json')).default)
  },
  {
    name: 'media',
    title: () => trans.__('Player'),
    accepts: typed(/^(audio|video)\//),
    component: later(async () => (await import('./media')).default)
  },
  {
    name: 'archive',
    title: () => trans.__('Contents'),
    accepts: typed(/^application\/(zip|x-tar|java-archive|epub\+zip|vnd\.openxmlformats|vnd\.oasis)/),
    component: later(async () => (await import('./archive')).default)
  },
  {
    name: 'text',
    title: () => trans.__('Text'),
    accepts: typed(/^text\/|json|xml|yaml|toml|javascript|x-sh|x-python|sql/),
    component: later(async () => (await import('./text')).default)
  },
  {
    name: 'hex',
    title: () => trans.__('Bytes'),
    accepts: () => true,
    component: later(async () => (await import('./hex')).default)
  }
];

export function makePreviews(): PreviewRegistry {
  const registry = new PreviewRegistry();
  previews.forEach(preview => registry.register(preview));
  return registry;
}

export { PreviewRegistry, type Preview, type PreviewProps } from './registry';
