/** When a tool is to be run by itself. */

import { useEffect, useId, useMemo, useRef, useState, type FormEvent, type ReactElement, type ReactNode } from 'react';

import type { CatchUp, Params } from '../api/types';
import { shortName } from '../format';
import { showValue } from '../logic/json';
import { localZone, type Timing, type Unit, type When } from '../logic/schedules';
import type { FormModel } from '../models/form';
import { useModel } from '../models/model';
import type { Draft, SchedulesModel } from '../models/schedules';
import { trans } from '../translation';
import { Button, FailureNotice, useNow } from './basics';
import { later } from './boundary';
import type { FormServices } from './form/context';
import { loadForm } from './formPane';
import { catchUpText, dueText, inText, weekday } from './scheduleWords';

/** Monday first. */
const WEEK = [1, 2, 3, 4, 5, 6, 0];

const ToolForm = later(async () => (await loadForm()).default);

interface DialogProps {
  model: SchedulesModel;
  draft: Draft;
  title: string;
  services: Omit<FormServices, 'formKey'>;
}

export function ScheduleDialog(props: DialogProps): ReactElement {
  const { model, draft } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, []);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    void model.save();
  };
  return (
    <dialog
      ref={dialog}
      className="trn-dialog"
      aria-labelledby={heading}
      onCancel={event => {
        event.preventDefault();
        model.leaveDraft();
      }}
      // What is typed here is no key of Lab or of a list.
      onKeyDown={event => event.stopPropagation()}
    >
      <form onSubmit={onSubmit} className="trn-schedule-form">
        <h2 id={heading}>{draft.schedule ? trans.__('Change the schedule of %1', props.title) : trans.__('Schedule %1', props.title)}</h2>
        <div className="trn-schedule-fields">
          <When model={model} timing={draft.timing} />
          <Line label={trans.__('Name')}>
            {id => (
              <input id={id} className="trn-input" type="text" maxLength={100} value={draft.name} placeholder={shortName(draft.tool)} onChange={event => model.setDraft({ name: event.currentTarget.value })} />
            )}
          </Line>
          <fieldset className="trn-schedule-choice">
            <legend>{trans.__('Times that pass while no server runs')}</legend>
            {(['one', 'all', 'skip'] as const).map((choice: CatchUp) => (
              <label key={choice}>
                <input type="radio" name={`${heading}-catch-up`} checked={draft.catchUp === choice} onChange={() => model.setDraft({ catchUp: choice })} /> {catchUpText(choice)}
              </label>
            ))}
          </fieldset>
          {draft.form ? <EditedValues form={draft.form} leftOut={draft.leftOut} services={props.services} /> : <Values params={draft.params} />}
        </div>
        <Preview model={model} zone={draft.timing.zone} when={draft.timing.when} />
        {model.refusal && <FailureNotice failure={model.refusal} />}
        <div className="trn-dialog-buttons">
          <Button onClick={() => model.leaveDraft()}>{trans.__('Cancel')}</Button>
          <button type="submit" className="trn-button trn-primary" disabled={!model.canSave || model.saving}>
            {model.saving ? trans.__('Sending…') : draft.schedule ? trans.__('Save changes') : trans._p('verb', 'Schedule')}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** A control with its label, which is tied to it by the id. */
function Line(props: { label: string; children: (id: string) => ReactNode; help?: string }): ReactElement {
  const id = useId();
  return (
    <div className="trn-schedule-line">
      <label htmlFor={id}>{props.label}</label>
      {props.children(id)}
      {props.help && (
        <span className="trn-help" id={`${id}-help`}>
          {props.help}
        </span>
      )}
    </div>
  );
}

function When(props: { model: SchedulesModel; timing: Timing }): ReactElement {
  const { model, timing } = props;
  const words: [When, string][] = [
    ['day', trans.__('Every day')],
    ['week', trans.__('On days of the week')],
    ['month', trans.__('Every month')],
    ['hour', trans.__('Every hour')],
    ['interval', trans.__('Again and again after a while')],
    ['cron', trans.__('By a cron expression')],
    ['once', trans.__('Once')],
    ['run', trans.__('When a run ends')]
  ];
  const has = (...kinds: When[]): boolean => kinds.includes(timing.when);
  return (
    <>
      <Line label={trans.__('When')}>
        {id => (
          <select id={id} className="trn-input trn-select" autoFocus value={timing.when} onChange={event => model.setTiming({ when: event.currentTarget.value as When })}>
            {words.map(([when, word]) => (
              <option key={when} value={when}>
                {word}
              </option>
            ))}
          </select>
        )}
      </Line>
      {has('week') && (
        <fieldset className="trn-schedule-days">
          <legend>{trans.__('Days')}</legend>
          {WEEK.map(day => (
            <label key={day} title={weekday(day, 'long')}>
              <input
                type="checkbox"
                checked={timing.days.includes(day)}
                onChange={event => model.setTiming({ days: event.currentTarget.checked ? [...timing.days, day] : timing.days.filter(other => other !== day) })}
              />{' '}
              {weekday(day, 'short')}
            </label>
          ))}
        </fieldset>
      )}
      {has('month') && (
        <Line label={trans.__('Day of the month')}>
          {id => (
            <input id={id} className="trn-input" type="number" min={1} max={31} required value={timing.day} onChange={event => model.setTiming({ day: event.currentTarget.value })} />
          )}
        </Line>
      )}
      {has('day', 'week', 'month') && (
        <Line label={trans.__('Time')}>
          {id => (
            <input id={id} className="trn-input" type="time" required value={timing.time} onChange={event => model.setTiming({ time: event.currentTarget.value })} />
          )}
        </Line>
      )}
      {has('hour') && (
        <Line label={trans.__('Minute of the hour')}>
          {id => (
            <input id={id} className="trn-input" type="number" min={0} max={59} required value={timing.minute} onChange={event => model.setTiming({ minute: event.currentTarget.value })} />
          )}
        </Line>
      )}
      {has('interval') && <Interval model={model} timing={timing} />}
      {has('cron') && (
        <Line label={trans.__('Cron expression')} help={trans.__('Minute, hour, day of the month, month, day of the week')}>
          {id => (
            <input id={id} aria-describedby={`${id}-help`} className="trn-input trn-code" type="text" required spellCheck={false} autoComplete="off" value={timing.cron} onChange={event => model.setTiming({ cron: event.currentTarget.value })} />
          )}
        </Line>
      )}
      {has('once') && (
        <Line label={trans.__('Date and time')}>
          {id => (
            <input id={id} className="trn-input" type="datetime-local" required value={timing.at} onChange={event => model.setTiming({ at: event.currentTarget.value })} />
          )}
        </Line>
      )}
      {has('run') && <AfterRun model={model} timing={timing} />}
      {has('day', 'week', 'month', 'hour', 'cron', 'once') && <Zone model={model} timing={timing} />}
    </>
  );
}

function Interval(props: { model: SchedulesModel; timing: Timing }): ReactElement {
  const { model, timing } = props;
  const units: [Unit, string][] = [
    ['minutes', trans.__('minutes')],
    ['hours', trans.__('hours')],
    ['days', trans.__('days')]
  ];
  return (
    <fieldset className="trn-schedule-line">
      <legend>{trans.__('Every')}</legend>
      <span className="trn-schedule-pair">
        <input className="trn-input" type="number" min={1} required aria-label={trans.__('How many')} value={timing.amount} onChange={event => model.setTiming({ amount: event.currentTarget.value })} />
        <select className="trn-input trn-select" aria-label={trans.__('Unit')} value={timing.unit} onChange={event => model.setTiming({ unit: event.currentTarget.value as Unit })}>
          {units.map(([unit, word]) => (
            <option key={unit} value={unit}>
              {word}
            </option>
          ))}
        </select>
      </span>
    </fieldset>
  );
}

function AfterRun(props: { model: SchedulesModel; timing: Timing }): ReactElement {
  const { model, timing } = props;
  return (
    <>
      <Line label={trans.__('Number of the run')}>
        {id => (
          <input id={id} className="trn-input" type="text" required spellCheck={false} autoComplete="off" value={timing.run} onChange={event => model.setTiming({ run: event.currentTarget.value })} />
        )}
      </Line>
      <Line label={trans.__('How it ends')}>
        {id => (
          <select id={id} className="trn-input trn-select" value={timing.condition} onChange={event => model.setTiming({ condition: event.currentTarget.value as Timing['condition'] })}>
            <option value="ended">{trans.__('However it ends')}</option>
            <option value="succeeded">{trans.__('Only when it succeeds')}</option>
            <option value="failed">{trans.__('Only when it fails')}</option>
          </select>
        )}
      </Line>
    </>
  );
}

function Zone(props: { model: SchedulesModel; timing: Timing }): ReactElement {
  const { model, timing } = props;
  const list = useId();
  const zones = [...new Set([localZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])];
  return (
    <Line label={trans.__('Time zone')}>
      {id => (
        <>
          <input id={id} className="trn-input" type="text" list={list} required spellCheck={false} autoComplete="off" value={timing.zone} onChange={event => model.setTiming({ zone: event.currentTarget.value })} />
          <datalist id={list}>
            {zones.map(zone => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Line>
  );
}

/** What it is run with, in the form of the tool. */
function EditedValues(props: { form: FormModel; leftOut: readonly string[]; services: Omit<FormServices, 'formKey'> }): ReactElement {
  const { form, leftOut } = props;
  useModel(form);
  const [open, setOpen] = useState(false);
  const services = useMemo(() => ({ ...props.services, formKey: form.key }), [props.services, form.key]);
  const problems = form.problems.size;
  useEffect(() => {
    if (problems > 0) {
      setOpen(true);
    }
  }, [problems]);
  const changed = form.changedFields.length;
  return (
    <details className="trn-schedule-values" open={open} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{trans.__('Values: %1', changed === 0 ? trans.__('the tool’s own defaults') : trans._n('%1 set', '%1 set', changed))}</summary>
      {leftOut.length > 0 && (
        <p className="trn-quiet">
          {trans._n('%1 value was left out; the tool has no such field now: %2', '%1 values were left out; the tool has no such fields now: %2', leftOut.length, leftOut.join(', '))}
        </p>
      )}
      {open && <ToolForm model={form} services={services} />}
    </details>
  );
}

/** What it is run with, where the tool cannot be asked. */
export function Values(props: { params: Params; open?: boolean }): ReactElement {
  const values = Object.entries(props.params);
  if (values.length === 0) {
    return <p className="trn-quiet">{trans.__('With the tool’s own defaults')}</p>;
  }
  return (
    <details className="trn-schedule-values" open={props.open}>
      <summary>{trans._n('With %1 value', 'With %1 values', values.length)}</summary>
      <dl>
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="trn-cut">{showValue(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Preview(props: { model: SchedulesModel; zone: string; when: When }): ReactElement {
  const { preview } = props.model;
  const now = useNow(10_000);
  return (
    <section className="trn-schedule-preview" aria-live="polite" aria-label={trans.__('Next firings')}>
      {preview && preview.next.length > 0 && (
        <>
          <h3>{trans.__('Next firings')}</h3>
          <ol>
            {preview.next.map(({ at }, index) => (
              <li key={at}>
                <span>{dueText(at, props.zone, now)}</span> {index === 0 && <span className="trn-quiet">{inText(at, now)}</span>}
              </li>
            ))}
          </ol>
        </>
      )}
      {props.when === 'run' && <p className="trn-quiet">{trans.__('It fires once, as soon as that run has ended so.')}</p>}
    </section>
  );
}
