/** What stands above and below a form's fields. */

import { useState, type ReactElement, type ReactNode } from 'react';

import type { Preset, Priority, Run, Tool } from '../api/types';
import { deliveryExplained, deliveryText, limitsText, retriedText } from '../delivery';
import { formatAgo, statusText } from '../format';
import { differences, inShort } from '../logic/difference';
import type { FormModel, Origin } from '../models/form';
import type { KnownRuns } from '../models/knownRuns';
import { useModel } from '../models/model';
import { trans } from '../translation';
import { oneSource, oneText } from './batchWords';
import { Ago, Button, FailureNotice, IconButton, LinkButton, useNow } from './basics';
import { CaretIcon, CheckIcon, CloseIcon, CodeIcon, ErrorIcon, Mark, PlayIcon, ResetIcon, RetryIcon } from './icons';
import { MenuButton, type MenuItem } from './menu';
import { PresetLine, PresetMenu, type PresetTask } from './presetMenu';
import { StartAfter } from './startAfter';

/** As what the values on screen are copied. */
export type CopyKind = 'link' | 'cli' | 'python' | 'rest';

export interface FormActions {
  openRun: (id: string) => void;
  copy: (form: FormModel, kind: CopyKind) => void;
  copyPresetLink: (preset: Preset) => void;
  downloadPreset: (preset: Preset) => void;
  /** Have these values run by themselves; left out where there is no place for it. */
  schedule?: (form: FormModel) => void;
  /** Run the tool for each row of a table, or for combinations of values, the others being those of the form. */
  many?: (form: FormModel, kind: 'table' | 'sweep') => void;
}

export function FormHead(props: { form: FormModel; actions: FormActions; narrow: boolean; onClose?: (() => void) | undefined; showSource?: (() => void) | undefined; offersPast: boolean }): ReactElement {
  const { form, actions, onClose, showSource } = props;
  const { tool } = form;
  const [task, setTask] = useState<PresetTask | null>(null);
  const sentence = firstSentence(tool.description);
  return (
    <header className="trn-form-head">
      <div className="trn-title-row">
        <h2 className="trn-form-title" tabIndex={-1}>
          {tool.title}
        </h2>
        {showSource && (
          <IconButton label={trans.__('Show the source')} onClick={showSource}>
            <CodeIcon />
          </IconButton>
        )}
        {!props.narrow && onClose && (
          <IconButton label={trans.__('Close the form')} onClick={onClose}>
            <CloseIcon />
          </IconButton>
        )}
      </div>
      {sentence.replace(/[.]$/, '') !== tool.title && <p className="trn-sentence">{sentence}</p>}
      {tool.notice && <p className="trn-tool-notice">{tool.notice}</p>}
      <div className="trn-buttons">
        {props.offersPast && <PastRuns form={form} />}
        {props.offersPast && (
          <PresetMenu form={form} actions={{ copyLink: actions.copyPresetLink, download: actions.downloadPreset }} onTask={setTask} />
        )}
        <span className="trn-grow" />
        <button
          type="button"
          className="trn-button trn-bare"
          title={trans.__('Back to the tool’s own defaults in all fields')}
          onClick={() => form.useDefaults()}
        >
          {trans.__('Defaults')}
        </button>
      </div>
      {task && <PresetLine key={JSON.stringify(task)} form={form} task={task} onDone={setTask} />}
      {form.target && <TargetLine run={form.target} tooLate={form.isTooLate} openRun={actions.openRun} onLeave={onClose} />}
      {form.origin && !isOfTarget(form) && <OriginLine form={form} origin={form.origin} openRun={actions.openRun} />}
    </header>
  );
}

/** Whether the values came from the run that they are to go back to, which is said already. */
function isOfTarget({ origin, target, leftOut }: FormModel): boolean {
  return origin?.kind === 'run' && origin.id === target?.id && leftOut.length === 0;
}

/** Which run it is that gets the values. */
function TargetLine(props: { run: Run; tooLate: boolean; openRun: (id: string) => void; onLeave?: (() => void) | undefined }): ReactElement {
  const { run, onLeave } = props;
  return (
    <div className="trn-origin" role="status">
      <p>
        {trans.__('Changes the values of')} <LinkButton onClick={() => props.openRun(run.id)}>#{run.number}</LinkButton>
        {!props.tooLate && `, ${trans.__('which waits')}`}
        {onLeave && (
          <>
            {' · '}
            <LinkButton onClick={onLeave}>{props.tooLate ? trans.__('Close') : trans.__('Leave it as it is')}</LinkButton>
          </>
        )}
      </p>
    </div>
  );
}

/** The values of the last run, or of one before it. */
function PastRuns(props: { form: FormModel }): ReactElement {
  const { form } = props;
  useModel(form.past);
  const { runs, loaded } = form.past;
  const [last] = runs;
  const none = loaded && runs.length === 0;
  return (
    <span className="trn-split">
      <Button
        icon={<ResetIcon />}
        disabled={!last}
        title={none ? trans.__('This tool has not run yet.') : undefined}
        onClick={() => last && void form.takeRun(last.id)}
      >
        {trans.__('Use last run')}
      </Button>
      <MenuButton
        className="trn-button trn-split-more"
        label={trans.__('Values of another run')}
        disabled={runs.length === 0}
        items={() => [{ heading: trans.__('Values of a run') }, ...runs.map(run => pastEntry(form, run))]}
      >
        <CaretIcon open />
      </MenuButton>
    </span>
  );
}

function pastEntry(form: FormModel, run: Run): MenuItem {
  return {
    label: (
      <span className="trn-past">
        #{run.number} <span className="trn-quiet">{formatAgo(run.created_at)}</span>
      </span>
    ),
    icon: <Mark status={run.status} reused={Boolean(run.reused)} />,
    note: run.abridged ? trans.__('large values') : differenceText(form, run),
    onChoose: () => void form.takeRun(run.id)
  };
}

const SHOWN = 2;

function differenceText(form: FormModel, run: Run): string {
  const found = differences(form.tool.params_schema, form.payload, run.params);
  if (found.length === 0) {
    return trans.__('the same values');
  }
  const shown = found.slice(0, SHOWN).map(({ name, value }) => `${name} ${inShort(value)}`);
  return shown.join(', ') + (found.length > SHOWN ? ` +${found.length - SHOWN}` : '');
}

function OriginLine(props: { form: FormModel; origin: Origin; openRun: (id: string) => void }): ReactElement {
  const { form, origin } = props;
  const gone = form.leftOut;
  return (
    <div className="trn-origin" role="status">
      <p>
        {originText(origin, props.openRun)}
        {origin.kind !== 'defaults' && form.isChangedSince && (
          <>
            {' · '}
            <em>{trans.__('changed since')}</em>
          </>
        )}
        {form.canUndo && (
          <>
            {' · '}
            <LinkButton onClick={() => form.undo()}>{trans.__('Undo')}</LinkButton>
          </>
        )}
        {gone.length > 0 && (
          <span className="trn-left-out">
            {trans._n(
              '%1 value was left out; the tool has no such field now: %2',
              '%1 values were left out; the tool has no such fields now: %2',
              gone.length,
              gone.join(', ')
            )}
          </span>
        )}
      </p>
      <IconButton label={trans.__('Hide this line')} onClick={() => form.forgetOrigin()}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

function originText(origin: Origin, openRun: (id: string) => void): ReactNode {
  switch (origin.kind) {
    case 'run':
      return (
        <>
          {trans.__('Values of run')} <LinkButton onClick={() => openRun(origin.id)}>#{origin.number}</LinkButton>
        </>
      );
    case 'preset':
      return trans.__('Preset “%1”', origin.name);
    case 'link':
      return trans.__('Values of a link');
    case 'defaults':
      return trans.__('The tool’s own defaults');
  }
}

export function FormFoot(props: {
  form: FormModel;
  actions: FormActions;
  /** Null where the server that runs it is not that of this page. */
  runs: KnownRuns | null;
  narrow: boolean;
  onRun: (priority: Priority, reuse?: boolean) => void;
  onSave: () => void;
  onShowProblem: () => void;
}): ReactElement {
  const { form, actions } = props;
  const { target } = form;
  const problems = form.problems.size;
  const changed = form.changedFields.length;
  const earlier = problems > 0 ? null : form.earlier;
  const forecast = problems > 0 ? null : form.forecast;
  return (
    <footer className="trn-foot">
      {form.failure && <FailureNotice failure={form.failure} kept={form.failure.offline ? trans.__('Your values are kept.') : ''} />}
      {target && form.isTooLate && <TooLate run={target} sending={form.sending} onRun={() => props.onRun(target.priority)} />}
      {problems > 0 ? (
        <p className="trn-foot-line trn-error">
          <ErrorIcon />
          <LinkButton onClick={props.onShowProblem}>
            {trans._n('%1 field needs a change', '%1 fields need a change', problems)}
          </LinkButton>
        </p>
      ) : (
        (changed > 0 || forecast) && (
          <p className="trn-foot-line trn-foot-facts trn-quiet">
            {changed > 0 && <span>{trans._n('%1 changed', '%1 changed', changed)}</span>}
            {forecast && (
              <span className="trn-forecast" title={oneSource(forecast)}>
                {oneText(forecast)}
              </span>
            )}
          </p>
        )
      )}
      {earlier && <SameRun run={earlier} sending={form.sending} openRun={actions.openRun} onRun={() => props.onRun('default', false)} />}
      {props.runs && <StartAfter form={form} runs={props.runs} openRun={actions.openRun} />}
      <div className="trn-run-row">
        {target ? (
          <button type="button" className="trn-run" aria-disabled={form.sending || form.isTooLate || undefined} data-off={form.isTooLate || undefined} onClick={props.onSave}>
            <CheckIcon />
            <span className="trn-run-word">{form.sending ? trans.__('Sending…') : trans.__('Save changes')}</span>
            {!props.narrow && <kbd>Ctrl+Enter</kbd>}
          </button>
        ) : (
          <button type="button" className="trn-run" aria-disabled={form.sending || undefined} onClick={() => props.onRun('default')}>
            {earlier ? <RetryIcon /> : <PlayIcon />}
            <span className="trn-run-word">{form.sending ? trans.__('Sending…') : earlier ? trans.__('Take its result') : trans.__('Run')}</span>
            {!props.narrow && <kbd>Ctrl+Enter</kbd>}
          </button>
        )}
        <MenuButton
          className="trn-run-more"
          label={trans.__('More ways to run')}
          align="end"
          items={() => [
            ...(target ? [] : waysToRun(form, actions, props.onRun, props.runs !== null)),
            { label: trans.__('Copy a link to this form'), onChoose: () => actions.copy(form, 'link') },
            { heading: trans.__('Copy these values as') },
            { label: trans.__('Command line'), onChoose: () => actions.copy(form, 'cli') },
            { label: trans.__('Python'), onChoose: () => actions.copy(form, 'python') },
            { label: trans.__('REST'), onChoose: () => actions.copy(form, 'rest') }
          ]}
        >
          <CaretIcon open />
        </MenuButton>
      </div>
    </footer>
  );
}

/** The same was run before: whose result it would be, and the way to have it made once more. */
function SameRun(props: { run: Run; sending: boolean; openRun: (id: string) => void; onRun: () => void }): ReactElement {
  const { run } = props;
  const now = useNow(1_000);
  return (
    <p className="trn-foot-line trn-same" role="status">
      <span>
        {trans.__('The same run:')}{' '}
        <LinkButton title={trans.__('Open the run whose result this is')} onClick={() => props.openRun(run.id)}>
          #{run.number}
        </LinkButton>{' '}
        ({run.owner}, <Ago time={run.finished_at ?? run.created_at} now={now} />)
      </span>
      <Button disabled={props.sending} onClick={props.onRun}>
        {trans.__('Run anew')}
      </Button>
    </p>
  );
}

/** What happens when a machine dies, for whoever wants to know. */
export function DeliveryNote(props: { tool: Tool }): ReactElement {
  const { delivery, retried, attempts, limits } = props.tool;
  const more = retriedText(retried, attempts);
  const bounds = limitsText(limits);
  return (
    <details className="trn-delivery">
      <summary>{deliveryText(delivery)}</summary>
      <p>
        {deliveryExplained(delivery)} {more}
      </p>
      {bounds === null ? null : <p>{bounds}</p>}
    </details>
  );
}

function waysToRun(form: FormModel, { schedule, many }: FormActions, onRun: (priority: Priority) => void, canWait: boolean): MenuItem[] {
  return [
    { label: trans.__('Run before others'), note: trans.__('high priority'), onChoose: () => onRun('high') },
    { label: trans.__('Run after others'), note: trans.__('low priority'), onChoose: () => onRun('low') },
    ...(canWait ? [{ label: trans.__('Start when other runs have ended…'), onChoose: () => form.after.begin() }] : []),
    ...(schedule ? [{ label: trans.__('Schedule…'), onChoose: () => schedule(form) }] : []),
    ...(many
      ? [
          { label: trans.__('Run for a table…'), note: trans.__('a run for each row'), onChoose: () => many(form, 'table') },
          { label: trans.__('Sweep over values…'), note: trans.__('a run for each combination'), onChoose: () => many(form, 'sweep') }
        ]
      : []),
    'line'
  ];
}

/** The run was faster than who changed its values, which are not lost for that. */
function TooLate(props: { run: Run; sending: boolean; onRun: () => void }): ReactElement {
  const { run } = props;
  return (
    <div className="trn-failure trn-too-late" role="alert">
      <p>
        {trans.__('#%1 does not wait any more: %2. Its values are as they were; yours are kept here.', run.number, statusText({ ...run, progress: null }))}
      </p>
      <Button icon={<PlayIcon />} primary disabled={props.sending} onClick={props.onRun}>
        {trans.__('Run as new')}
      </Button>
    </div>
  );
}

function firstSentence(text: string): string {
  const paragraph = text.trim().split(/\n\s*\n/)[0] ?? '';
  const flat = paragraph.replace(/\s+/g, ' ');
  return /^.{10,}?[.!?](?=\s|$)/.exec(flat)?.[0] ?? flat;
}
