/** A notebook with its results, to read. */

import { useMemo, type ReactElement } from 'react';

import { FailureNotice, Loading } from '../components/basics';
import { PROSE, useFrameTheme } from '../components/frameStyle';
import { SandboxFrame } from '../components/sandboxFrame';
import { formatNumber } from '../format';
import { withAnchors } from '../logic/anchors';
import { notebookHtml, type NotebookTexts } from '../logic/notebook';
import { pageOf } from '../logic/sandbox';
import { trans } from '../translation';
import { useLoaded, useText } from './content';
import { markdownHtml } from './markdown';
import type { PreviewProps } from './registry';

const STYLE = `
body{max-width:980px;padding-inline-start:64px}section{position:relative;margin:0 0 12px}
.n{position:absolute;inset-inline-start:-56px;width:48px;text-align:end;color:var(--jp-ui-font-color2);font:12px/30px var(--jp-code-font-family),monospace}
.in{border:1px solid var(--jp-border-color2);background:var(--jp-cell-editor-background);margin:0 0 4px}
.out{overflow:auto;margin:0 0 4px}.out pre{background:none;padding:2px 12px;margin:0}.out pre.err{background:color-mix(in srgb,var(--jp-error-color1) 8%,transparent)}
.out table{display:table;font-size:12px}.out img{background:#fff}summary{cursor:pointer;padding:2px 12px}.live{color:var(--jp-ui-font-color2);padding:0 12px;margin:0}`;

function texts(): NotebookTexts {
  return {
    empty: trans.__('The notebook has no cells.'),
    long: size => trans.__('A long output: %1 characters', formatNumber(size)),
    cut: trans.__('cut off here'),
    live: trans.__('What moves in this output stands still here: open the notebook to use it.')
  };
}

export default function NotebookPreview({ artifact, client, rendermime }: PreviewProps): ReactElement {
  const { value: text, failure, retry } = useText(client, artifact);
  const html = useLoaded(
    text === null
      ? null
      : async () => {
          try {
            return await notebookHtml(text, { markdown: source => markdownHtml(rendermime, source), texts: texts() });
          } catch {
            throw new Error(trans.__('This is no notebook. Look at it as text.'));
          }
        },
    `${artifact.id}:${text !== null}`
  );
  const { style } = useFrameTheme();
  const page = useMemo(() => ({ html: pageOf({ style: style + PROSE + STYLE, body: withAnchors(html.value ?? '') }), links: true }), [style, html.value]);
  const problem = failure ?? html.failure;
  if (problem) {
    return <FailureNotice failure={problem} onRetry={failure ? retry : html.retry} />;
  }
  return html.value === null ? <Loading>{trans.__('Loading %1', artifact.name)}</Loading> : <SandboxFrame title={artifact.name} page={page} />;
}
