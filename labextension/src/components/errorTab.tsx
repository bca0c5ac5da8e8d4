/** What went wrong and where: own lines first, those of libraries folded. */

import { useState, type ReactElement } from 'react';

import type { Attempt, Frame, Run, RunError, Tool } from '../api/types';
import { cellOf } from '../logic/cellFrame';
import { differenceOf, isSame } from '../logic/runDifference';
import { secretNames } from '../logic/schema';
import { trans } from '../translation';
import { IconButton, LinkButton } from './basics';
import { CaretIcon, CopyIcon } from './icons';
import { Value } from './runFacts';
import type { RunActions } from './runPage';

interface Props {
  run: Run;
  attempt: Attempt | null;
  lastGood: Run | null;
  tool: Tool | undefined;
  actions: RunActions;
  /** Show a line of the source as the run had it. */
  showSource: (line: number) => void;
}

export function ErrorTab(props: Props): ReactElement | null {
  const { run } = props;
  const error = props.attempt?.error ?? run.error;
  if (!error) {
    return null;
  }
  return (
    <div className="trn-error-tab" tabIndex={0} role="region" aria-label={trans.__('Error')}>
      <ErrorView error={error} actions={props.actions} toolPath={props.tool?.path ?? null} showSource={props.showSource} />
      <SinceGood {...props} />
      <UsedValues run={run} tool={props.tool} />
    </div>
  );
}

/** What is not as it was when the tool last did its work. */
function SinceGood(props: Props): ReactElement | null {
  const { run, lastGood, actions } = props;
  if (!lastGood) {
    return null;
  }
  const found = differenceOf(lastGood, run, secretNames(props.tool, lastGood.params, run.params));
  const rows = [
    ...found.params.map(change => ({ ...change, what: trans.__('value') })),
    ...found.environment.map(change => ({ ...change, what: trans.__('environment') })),
    ...found.packages.map(change => ({ ...change, what: trans.__('package') }))
  ];
  return (
    <section>
      <h2>
        {trans.__('Since it last succeeded')}, <LinkButton onClick={() => actions.openRun(lastGood.id)}>#{lastGood.number}</LinkButton>
      </h2>
      {isSame(found) && <p className="trn-quiet-strong">{trans.__('Values, tool and environment are the same as then.')}</p>}
      {found.version && <p>{trans.__('The tool was changed. The Source tab has what it was in this run.')}</p>}
      {rows.length > 0 && (
        <table className="trn-facts trn-since">
          <thead>
            <tr>
              <th scope="col">{trans.__('What')}</th>
              <th scope="col">{trans.__('In #%1', lastGood.number)}</th>
              <th scope="col">{trans.__('In this run')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map(({ name, what, before, after, secret = false }) => (
              <tr key={`${what}:${name}`}>
                <th scope="row">
                  {name} <span className="trn-quiet">{what}</span>
                </th>
                <td data-diff="removed">
                  <Value value={before} secret={secret} />
                </td>
                <td data-diff="added">
                  {secret ? trans.__('changed') : <Value value={after} secret={false} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const MOST_ROWS = 30;

function UsedValues(props: { run: Run; tool: Tool | undefined }): ReactElement | null {
  const entries = Object.entries(props.run.params);
  if (entries.length === 0) {
    return null;
  }
  const secrets = secretNames(props.tool, props.run.params);
  return (
    <section>
      <h2>{trans.__('Values of this run')}</h2>
      <table className="trn-facts">
        <tbody>
          {entries.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <Value value={value} secret={secrets.has(name)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Places {
  actions: RunActions;
  /** The file whose source was kept. */
  toolPath: string | null;
  showSource: (line: number) => void;
}

export function ErrorView(props: Places & { error: RunError }): ReactElement {
  const { error, actions } = props;
  const frames = error.frames;
  const own = frames.filter(frame => frame.own).length;
  const last = frames.filter(frame => frame.own).at(-1);
  return (
    <>
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
                group.frames.map((frame, j) => <OwnFrame key={`${i}:${j}`} frame={frame} last={frame === last} {...props} />)
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
    </>
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
  const file = frame.file.split('/').at(-1) ?? frame.file;
  const inside = cellOf(frame);
  return inside ? trans.__('%1, cell %2, line %3', file, inside.cell, inside.line) : trans.__('%1, line %2', file, frame.line);
}

function OwnFrame(props: Places & { frame: Frame; last: boolean }): ReactElement {
  const { frame, actions } = props;
  const isKept = frame.file === props.toolPath;
  const inside = cellOf(frame);
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
      {inside === null && <span className="trn-quiet"> {trans.__('in %1', frame.function)}</span>}
      {isKept && frame.line > 0 && (
        <>
          {' · '}
          <LinkButton onClick={() => props.showSource(frame.line)}>{trans.__('as it was')}</LinkButton>
        </>
      )}
      {frame.text !== '' && (
        <pre className="trn-frame-text">
          <span className="trn-log-number">{inside?.line ?? frame.line}</span> {frame.text}
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
