/** What went wrong and where: own lines first, those of libraries folded. */

import { useState, type ReactElement } from 'react';

import type { Attempt, Frame, Run, RunError } from '../api/types';
import { trans } from '../translation';
import { IconButton, LinkButton } from './basics';
import { CaretIcon, CopyIcon } from './icons';
import type { RunActions } from './runPage';

export function ErrorTab(props: { run: Run; attempt: Attempt | null; actions: RunActions }): ReactElement | null {
  const error = props.attempt?.error ?? props.run.error;
  return error ? <ErrorView error={error} actions={props.actions} /> : null;
}

export function ErrorView(props: { error: RunError; actions: RunActions }): ReactElement {
  const { error, actions } = props;
  const frames = error.frames;
  const own = frames.filter(frame => frame.own).length;
  const last = frames.filter(frame => frame.own).at(-1);
  return (
    <div className="trn-error-tab" tabIndex={0} role="region" aria-label={trans.__('Error')}>
      {frames.length > 0 ? (
        <section>
          <div className="trn-subhead">
            <h2>{trans.__('Traceback')}</h2>
            <span className="trn-quiet">{framesText(own, frames.length - own)}</span>
            <span className="trn-grow" />
            {error.traceback && (
              <IconButton
                label={trans.__('Copy the traceback')}
                onClick={() => actions.copy(error.traceback ?? '', trans.__('The traceback was copied.'))}
              >
                <CopyIcon />
              </IconButton>
            )}
          </div>
          <ol className="trn-frames">
            {groups(frames).map((group, i) =>
              group.own ? (
                group.frames.map((frame, j) => <OwnFrame key={`${i}:${j}`} frame={frame} last={frame === last} actions={actions} />)
              ) : (
                <LibraryFrames key={i} frames={group.frames} />
              )
            )}
          </ol>
          <p className="trn-error-line">
            <strong>{error.type}</strong>
            {error.message !== '' && `: ${error.message}`}
          </p>
        </section>
      ) : (
        <section>
          <h2>{error.type}</h2>
          <p className="trn-error-line">{error.message}</p>
          {error.traceback && <pre className="trn-traceback">{error.traceback}</pre>}
        </section>
      )}
    </div>
  );
}

function framesText(own: number, libraries: number): string {
  const yours = trans._n('%1 frame of the tool', '%1 frames of the tool', own);
  return libraries === 0 ? yours : trans.__('%1, %2', yours, trans._n('%1 of libraries is folded', '%1 of libraries are folded', libraries));
}

interface Group {
  own: boolean;
  frames: Frame[];
}

/** Neighbouring frames of one kind together. */
function groups(frames: readonly Frame[]): Group[] {
  const found: Group[] = [];
  for (const frame of frames) {
    const before = found.at(-1);
    if (before?.own === frame.own) {
      before.frames.push(frame);
    } else {
      found.push({ own: frame.own, frames: [frame] });
    }
  }
  return found;
}

function place(frame: Frame): string {
  return trans.__('%1, line %2', frame.file.split('/').at(-1) ?? frame.file, frame.line);
}

function OwnFrame(props: { frame: Frame; last: boolean; actions: RunActions }): ReactElement {
  const { frame, actions } = props;
  return (
    <li className="trn-frame-own" data-last={props.last || undefined}>
      {actions.canOpenFile(frame.file) ? (
        <LinkButton title={frame.file} onClick={() => actions.openFile(frame.file, frame.line)}>
          {place(frame)}
        </LinkButton>
      ) : (
        <span title={frame.file} className="trn-frame-place">
          {place(frame)}
        </span>
      )}
      <span className="trn-quiet"> {trans.__('in %1', frame.function)}</span>
      {frame.text !== '' && (
        <pre className="trn-frame-text">
          <span className="trn-log-number">{frame.line}</span> {frame.text}
        </pre>
      )}
    </li>
  );
}

function LibraryFrames(props: { frames: readonly Frame[] }): ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <button type="button" className="trn-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <CaretIcon open={open} />
        {trans._n('%1 frame of libraries', '%1 frames of libraries', props.frames.length)}
      </button>
      {open && (
        <ol className="trn-frames trn-quiet-strong">
          {props.frames.map((frame, i) => (
            <li key={i}>
              <span title={frame.file}>
                {frame.file}, {frame.line}
              </span>{' '}
              {trans.__('in %1', frame.function)}
              {frame.text !== '' && <pre className="trn-frame-text">{frame.text}</pre>}
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}
