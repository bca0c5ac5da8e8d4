/** The source of the tool as the run had it, and what was changed since. */

import { useEffect, useMemo, useRef, useState, type ReactElement, type ReactNode } from 'react';

import { formatNumber } from '../format';
import { folded, lineDiff, type DiffLine } from '../logic/lineDiff';
import type { Span } from '../logic/log';
import { pythonLines } from '../logic/python';
import { useModel } from '../models/model';
import type { SourceModel } from '../models/source';
import { trans } from '../translation';
import { FailureNotice, IconButton, LinkButton, Loading, Notice } from './basics';
import { CopyIcon } from './icons';
import type { RunActions } from './runPage';
import { Windowed, type WindowHandle } from './windowed';

const ROW = 18;

export function SourceTab(props: { source: SourceModel | null; line: number | null; actions: RunActions }): ReactElement {
  return props.source ? <Source {...props} source={props.source} /> : <Loading>{trans.__('Loading the source')}</Loading>;
}

function Source(props: { source: SourceModel; line: number | null; actions: RunActions }): ReactElement {
  const { source, line, actions } = props;
  useModel(source);
  const [shown, setShown] = useState<'then' | 'changes'>('then');
  useEffect(() => {
    if (line !== null) {
      // A line that a link leads to is one of the tool's own file.
      source.choose(null);
    }
  }, [line, source]);
  if (!source.loaded) {
    return <Loading>{trans.__('Loading the source')}</Loading>;
  }
  if (source.failure) {
    return <FailureNotice failure={source.failure} onRetry={() => void source.refresh()} />;
  }
  const { path, paths } = source;
  if (path === null || paths.every(each => source.then(each) === undefined)) {
    return <Notice>{trans.__('The source of this version was not kept.')}</Notice>;
  }
  const text = source.then(path) ?? '';
  const wanted = path === paths[0] ? line : null;
  return (
    <div className="trn-source">
      <div className="trn-subhead">
        {paths.length > 1 && (
          <select className="trn-select trn-source-file" aria-label={trans.__('File')} title={path} value={path} onChange={event => source.choose(event.currentTarget.value)}>
            {paths.map(each => (
              <option key={each} value={each}>
                {fileText(source, each)}
              </option>
            ))}
          </select>
        )}
        {actions.canOpenFile(path) ? (
          <LinkButton title={path} onClick={() => actions.openFile(path, wanted)}>
            {paths.length > 1 ? trans.__('Open the file of today') : nameOf(path)}
          </LinkButton>
        ) : (
          paths.length === 1 && <span title={path}>{nameOf(path)}</span>
        )}
        <span className="trn-quiet">
          {trans.__('version')} <code title={source.digest}>{source.digest.slice(0, 7)}</code>
        </span>
        <span className="trn-quiet-strong">{sinceText(source)}</span>
        {source.hasChanged && (
          <div className="trn-toggle" role="group" aria-label={trans.__('What is shown')}>
            <button type="button" aria-pressed={shown === 'then'} onClick={() => setShown('then')}>
              {trans.__('As it was')}
            </button>
            <button type="button" aria-pressed={shown === 'changes'} onClick={() => setShown('changes')}>
              {trans.__('What changed since')}
            </button>
          </div>
        )}
        <span className="trn-grow" />
        <IconButton label={trans.__('Copy the source')} onClick={() => actions.copy(text, trans.__('The source was copied.'))}>
          <CopyIcon />
        </IconButton>
      </div>
      {shown === 'changes' && source.hasChanged ? (
        <Changes before={text} after={source.now(path) ?? ''} />
      ) : source.then(path) === undefined ? (
        <Notice>{trans.__('This file came later; the run had none of this name.')}</Notice>
      ) : (
        <Lines text={text} line={wanted} />
      )}
    </div>
  );
}

/** Its name, and what became of it. */
function fileText(source: SourceModel, path: string): string {
  const name = nameOf(path);
  if (!source.hasChanged || !source.differs(path)) {
    return name;
  }
  if (source.then(path) === undefined) {
    return trans.__('%1, new since', name);
  }
  return source.now(path) === undefined ? trans.__('%1, gone since', name) : trans.__('%1, changed since', name);
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function sinceText(source: SourceModel): string {
  if (source.isGone) {
    return trans.__('The tool is gone; this is what the run had.');
  }
  return source.hasChanged ? trans.__('The tool has changed since.') : trans.__('The tool is still the same.');
}

function Lines(props: { text: string; line: number | null }): ReactElement {
  const { text, line } = props;
  const lines = useMemo(() => pythonLines(text), [text]);
  const handle = useRef<WindowHandle | null>(null);
  useEffect(() => {
    if (line !== null) {
      handle.current?.scrollToRow(line - 1);
    }
  }, [line]);
  return (
    <Windowed
      count={lines.length}
      rowHeight={ROW}
      label={trans.__('Source')}
      className="trn-log-lines trn-source-lines"
      handle={handle}
      draw={(from, to) =>
        lines.slice(from, to).map((spans, i) => (
          <div key={from + i} className="trn-log-line" data-current={from + i + 1 === line || undefined}>
            <span className="trn-log-number" data-number={formatNumber(from + i + 1)} />
            <span className="trn-log-text">{coloured(spans)}</span>
          </div>
        ))
      }
    />
  );
}

function Changes(props: { before: string; after: string }): ReactElement {
  const { before, after } = props;
  const lines = useMemo(() => folded(lineDiff(before, after)), [before, after]);
  const [old, young] = useMemo(() => [pythonLines(before), pythonLines(after)], [before, after]);
  if (lines.every(({ kind }) => kind === 'skipped')) {
    return <Notice>{trans.__('This file is the same; another one, or what stands beside it in toolbox.yaml, was changed.')}</Notice>;
  }
  const spansOf = (line: DiffLine): Span[] =>
    (line.after !== null ? young[line.after - 1] : line.before !== null ? old[line.before - 1] : undefined) ?? [];
  return (
    <Windowed
      count={lines.length}
      rowHeight={ROW}
      label={trans.__('What changed since')}
      className="trn-log-lines trn-source-lines"
      draw={(from, to) => lines.slice(from, to).map((line, i) => <Change key={from + i} line={line} spans={spansOf(line)} />)}
    />
  );
}

function Change(props: { line: DiffLine; spans: readonly Span[] }): ReactElement {
  const { line } = props;
  if (line.kind === 'skipped') {
    const count = Number(line.text);
    return <div className="trn-diff-skipped trn-quiet">{trans._n('%1 line is the same', '%1 lines are the same', count)}</div>;
  }
  const sign = line.kind === 'added' ? '+' : line.kind === 'removed' ? '−' : ' ';
  return (
    <div className="trn-log-line" data-diff={line.kind}>
      <span className="trn-log-number" data-number={line.before === null ? '' : formatNumber(line.before)} />
      <span className="trn-log-number" data-number={line.after === null ? '' : formatNumber(line.after)} />
      <span className="trn-diff-sign">{sign}</span>
      <span className="trn-log-text">{coloured(props.spans)}</span>
    </div>
  );
}

function coloured(spans: readonly Span[]): ReactNode {
  return spans.map((span, i) => (
    <span key={i} className={span.className || undefined}>
      {span.text}
    </span>
  ));
}
