/** The source of a tool that Lab's editor cannot open, to be read. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { useEffect, useRef, useState, type ReactElement } from 'react';

import type { ApiClient } from '../api/client';
import type { Tool, ToolName } from '../api/types';
import { failureOf, type Failure } from '../models/failure';
import { trans } from '../translation';
import { Button, FailureNotice, Loading, Notice } from './basics';
import { CopyIcon } from './icons';

/** Characters that are still coloured; a larger file is shown as plain text. */
const COLOURED = 300_000;

export interface SourcePageProps {
  name: ToolName;
  client: ApiClient;
  rendermime: IRenderMimeRegistry | null;
  copy: (text: string) => void;
}

export function SourcePage(props: SourcePageProps): ReactElement {
  const { name, client } = props;
  const [tool, setTool] = useState<Tool | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isWanted = true;
    setFailure(null);
    client.tool(name).then(
      found => isWanted && setTool(found),
      (error: unknown) => isWanted && setFailure(failureOf(error))
    );
    return () => {
      isWanted = false;
    };
  }, [name, client, attempt]);
  if (failure) {
    return <FailureNotice failure={failure} onRetry={() => setAttempt(attempt + 1)} />;
  }
  if (!tool) {
    return <Loading>{trans.__('Loading the source')}</Loading>;
  }
  const source = tool.source ?? '';
  return (
    <div className="trn-source-page">
      <header>
        <div className="trn-title-row">
          <h1 className="trn-title trn-grow">{tool.short_name}</h1>
          <Button icon={<CopyIcon />} onClick={() => props.copy(source)}>{trans.__('Copy')}</Button>
        </div>
        <p className="trn-quiet trn-place">
          {tool.path ? trans.__('%1, to be read here: it lies outside of the folder that Lab can open.', tool.path) : tool.name}
        </p>
      </header>
      {source === '' ? <Notice>{trans.__('The source is not known.')}</Notice> : <Source text={source} rendermime={props.rendermime} />}
    </div>
  );
}

function Source({ text, rendermime }: { text: string; rendermime: IRenderMimeRegistry | null }): ReactElement {
  const node = useRef<HTMLDivElement>(null);
  const coloured = rendermime !== null && text.length <= COLOURED;
  useEffect(() => {
    const box = node.current;
    if (!box || !coloured) {
      return;
    }
    const renderer = rendermime.createRenderer('text/markdown');
    box.replaceChildren(renderer.node);
    void renderer.renderModel(rendermime.createModel({ data: { 'text/markdown': fenced(text) }, trusted: false }));
    return () => renderer.dispose();
  }, [text, rendermime, coloured]);
  return (
    <div className="trn-source" tabIndex={0} role="region" aria-label={trans.__('Source')}>
      {coloured ? <div ref={node} /> : <pre>{text}</pre>}
    </div>
  );
}

/** As a block of code that nothing in the text can end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}python\n${text}\n${fence}`;
}
