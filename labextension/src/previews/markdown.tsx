/** Markdown as a page, in a frame that loads nothing from elsewhere. */

import { useMemo, type ReactElement } from 'react';

import { FailureNotice, Loading } from '../components/basics';
import { PROSE, useFrameTheme } from '../components/frameStyle';
import { SandboxFrame } from '../components/sandboxFrame';
import { withAnchors } from '../logic/anchors';
import { escapeHtml, pageOf } from '../logic/sandbox';
import { trans } from '../translation';
import { useLoaded, useText } from './content';
import { withPictures } from './pictures';
import type { PreviewProps } from './registry';

export default function MarkdownPreview({ artifact, siblings, client, rendermime }: PreviewProps): ReactElement {
  const { value: text, failure, retry } = useText(client, artifact);
  const html = useLoaded(text === null ? null : async () => withPictures(await markdownHtml(rendermime, text), artifact, siblings, client), `${artifact.id}:${text !== null}`);
  const { style } = useFrameTheme();
  const page = useMemo(() => ({ html: pageOf({ style: style + PROSE, body: withAnchors(html.value ?? '') }), links: true }), [style, html.value]);
  const problem = failure ?? html.failure;
  if (problem) {
    return <FailureNotice failure={problem} onRetry={failure ? retry : html.retry} />;
  }
  return html.value === null ? <Loading>{trans.__('Loading %1', artifact.name)}</Loading> : <SandboxFrame title={artifact.name} page={page} />;
}

/** Lab's own reading of Markdown, without what could act or deceive. */
export async function markdownHtml(rendermime: PreviewProps['rendermime'], text: string): Promise<string> {
  const html = rendermime?.markdownParser ? await rendermime.markdownParser.render(text) : `<pre>${escapeHtml(text)}</pre>`;
  return rendermime ? rendermime.sanitizer.sanitize(html) : html;
}
