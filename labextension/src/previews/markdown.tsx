/** Markdown, charts and what else Lab itself can render, sanitized by Lab. */

import { MimeModel, type IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { useEffect, useRef, type ReactElement } from 'react';

import { FailureNotice, Loading } from '../components/basics';
import { trans } from '../translation';
import { useText } from './content';
import type { Preview, PreviewProps } from './registry';
import { TextPreview } from './text';

const LARGEST = 5_000_000;
const CHARTS = /vega|plotly|geo\+json/;

function RenderedPreview(props: PreviewProps): ReactElement {
  const { artifact, client, rendermime } = props;
  const small = artifact.size <= LARGEST;
  const { value: text, failure } = useText(client, artifact, small);
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (text === null || !rendermime || !host.current) {
      return;
    }
    const renderer = rendermime.createRenderer(artifact.media_type);
    MessageLoop.sendMessage(renderer, Widget.Msg.BeforeAttach);
    host.current.appendChild(renderer.node);
    MessageLoop.sendMessage(renderer, Widget.Msg.AfterAttach);
    const data = /json$/.test(artifact.media_type) ? parse(text) : text;
    void renderer.renderModel(new MimeModel({ trusted: false, data: { [artifact.media_type]: data as never } }));
    return () => {
      MessageLoop.sendMessage(renderer, Widget.Msg.BeforeDetach);
      renderer.node.remove();
      MessageLoop.sendMessage(renderer, Widget.Msg.AfterDetach);
      renderer.dispose();
    };
  }, [text, rendermime, artifact.media_type]);
  if (!small) {
    return <TextPreview {...props} />;
  }
  if (failure) {
    return <FailureNotice failure={failure} />;
  }
  return (
    <>
      {text === null && <Loading>{trans.__('Loading %1', artifact.name)}</Loading>}
      <div ref={host} className="trn-rendered" tabIndex={0} role="region" aria-label={artifact.name} />
    </>
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function canRender(rendermime: IRenderMimeRegistry | null, type: string): boolean {
  return rendermime?.mimeTypes.includes(type) === true;
}

export const markdownPreview: Preview = {
  name: 'markdown',
  title: () => trans.__('Page'),
  accepts: ({ media_type }, rendermime) => media_type === 'text/markdown' && canRender(rendermime, media_type),
  component: RenderedPreview
};

export const chartPreview: Preview = {
  name: 'chart',
  title: () => trans.__('Chart'),
  accepts: ({ media_type }, rendermime) => CHARTS.test(media_type) && canRender(rendermime, media_type),
  component: RenderedPreview
};
