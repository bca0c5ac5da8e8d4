/** A notebook as HTML for a frame without scripts: what runs in a live one stands still here. */

import { isObject, type JsonObject } from './json';
import { plainLine } from './log';
import { escapeHtml } from './sandbox';

/** Characters of one output that are shown at once. */
const LONG = 20_000;
const LONGEST = 500_000;

export interface NotebookTexts {
  empty: string;
  long: (size: number) => string;
  cut: string;
  live: string;
}

export interface NotebookReader {
  markdown: (text: string) => Promise<string>;
  texts: NotebookTexts;
}

/** The body of the page. Throws where the JSON is no notebook. */
export async function notebookHtml(source: string, reader: NotebookReader): Promise<string> {
  const notebook: unknown = JSON.parse(source);
  if (!isObject(notebook) || !Array.isArray(notebook.cells)) {
    throw new Error('no notebook');
  }
  const parts: string[] = [];
  for (const cell of notebook.cells as unknown[]) {
    if (isObject(cell)) {
      parts.push(await cellHtml(cell, reader));
    }
  }
  return parts.length > 0 ? parts.join('\n') : `<p>${escapeHtml(reader.texts.empty)}</p>`;
}

async function cellHtml(cell: JsonObject, reader: NotebookReader): Promise<string> {
  const text = textOf(cell.source);
  if (cell.cell_type === 'markdown') {
    return `<section class="md">${await reader.markdown(withAttachments(text, cell.attachments))}</section>`;
  }
  if (cell.cell_type !== 'code') {
    return `<section><pre>${escapeHtml(text)}</pre></section>`;
  }
  const count = typeof cell.execution_count === 'number' ? String(cell.execution_count) : ' ';
  const outputs = Array.isArray(cell.outputs) ? (cell.outputs as unknown[]).filter(isObject) : [];
  const shown: string[] = [];
  for (const output of outputs) {
    shown.push(await outputHtml(output, reader));
  }
  return `<section class="code"><div class="n">[${count}]</div><pre class="in">${escapeHtml(text)}</pre>${shown.map(html => `<div class="out">${html}</div>`).join('')}</section>`;
}

async function outputHtml(output: JsonObject, reader: NotebookReader): Promise<string> {
  switch (output.output_type) {
    case 'stream':
      return preHtml(textOf(output.text), reader.texts, output.name === 'stderr' ? 'err' : '');
    case 'error':
      return preHtml(textOf(output.traceback, '\n') || `${textOf(output.ename)}: ${textOf(output.evalue)}`, reader.texts, 'err');
    default:
      return isObject(output.data) ? dataHtml(output.data, reader) : '';
  }
}

const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

async function dataHtml(data: JsonObject, reader: NotebookReader): Promise<string> {
  const image = IMAGES.find(type => type in data);
  if (image) {
    return `<img alt="" src="data:${image};base64,${textOf(data[image]).replace(/[^A-Za-z0-9+/=]/g, '')}">`;
  }
  if ('image/svg+xml' in data) {
    return `<img alt="" src="data:image/svg+xml,${encodeURIComponent(textOf(data['image/svg+xml']))}">`;
  }
  if ('text/html' in data) {
    const html = textOf(data['text/html']);
    return folded(html.length > LONGEST ? escapeHtml(html.slice(0, LONGEST)) : html, html.length, reader.texts);
  }
  if ('text/markdown' in data) {
    return reader.markdown(textOf(data['text/markdown']));
  }
  if ('text/latex' in data || 'text/plain' in data) {
    const live = Object.keys(data).some(type => /vega|plotly|widget|javascript/.test(type)) ? `<p class="live">${escapeHtml(reader.texts.live)}</p>` : '';
    return live + preHtml(textOf(data['text/plain'] ?? data['text/latex']), reader.texts, '');
  }
  return preHtml(JSON.stringify(data, null, 2), reader.texts, '');
}

function preHtml(text: string, texts: NotebookTexts, name: string): string {
  const plain = text.slice(0, LONGEST).split('\n').map(plainLine).join('\n');
  const cut = text.length > LONGEST ? `\n… ${texts.cut}` : '';
  return folded(`<pre class="${name}">${escapeHtml(plain + cut)}</pre>`, text.length, texts);
}

function folded(html: string, size: number, texts: NotebookTexts): string {
  return size > LONG ? `<details><summary>${escapeHtml(texts.long(size))}</summary>${html}</details>` : html;
}

/** Text that nbformat may keep as a list of lines. */
function textOf(value: unknown, between = ''): string {
  if (Array.isArray(value)) {
    return value.map(part => (typeof part === 'string' ? part : '')).join(between);
  }
  return typeof value === 'string' ? value : '';
}

function withAttachments(text: string, attachments: unknown): string {
  if (!isObject(attachments)) {
    return text;
  }
  return text.replace(/attachment:([^\s)"'>]+)/g, (whole, name: string) => {
    const bundle = attachments[name] ?? attachments[decodeURIComponentSafe(name)];
    const type = isObject(bundle) ? IMAGES.find(one => one in bundle) : undefined;
    return isObject(bundle) && type ? `data:${type};base64,${textOf(bundle[type])}` : whole;
  });
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
