/** Which runs one waits for before it starts: chosen in its form, or named by its values. */

import { useCallback, useRef, useState, type ReactElement, type RefObject } from 'react';

import type { AfterRule, Run } from '../api/types';
import { shortName, statusText } from '../format';
import { referencedRuns } from '../logic/reference';
import type { FormModel } from '../models/form';
import type { KnownRuns } from '../models/knownRuns';
import { useModel } from '../models/model';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, LinkButton } from './basics';
import { PickList, type Pick } from './form/pickList';
import { RunChoice, useFound } from './form/runChoice';
import { AddIcon, CloseIcon, Mark } from './icons';

interface StartAfterProps {
  form: FormModel;
  runs: KnownRuns;
  openRun: (id: string) => void;
}

export function StartAfter(props: StartAfterProps): ReactElement | null {
  const { form, runs } = props;
  const { after } = form;
  useModel(after);
  useModel(runs);
  // What has succeeded is there already.
  const named = referencedRuns(form.payload).flatMap(id => runs.find(id) ?? []).filter(run => run.status !== 'succeeded' && !after.runs.some(other => other.id === run.id));
  if (form.target || (!after.open && named.length === 0)) {
    return null;
  }
  const all = [...after.runs, ...named];
  return (
    <fieldset className="trn-after">
      <legend className="trn-sr">{trans.__('Starts after')}</legend>
      <p className="trn-after-head">
        <span className="trn-label" aria-hidden="true">
          {trans.__('Starts after')}
        </span>
        {after.open && (
          <IconButton label={trans.__('Wait for no run that is chosen here')} onClick={() => after.clear()}>
            <CloseIcon />
          </IconButton>
        )}
      </p>
      <ul className="trn-after-runs">
        {after.runs.map(run => (
          <Chosen key={run.id} {...props} run={run}>
            <IconButton label={trans.__('Do not wait for #%1', run.number)} onClick={() => after.remove(run.id)}>
              <CloseIcon />
            </IconButton>
          </Chosen>
        ))}
        {named.map(run => (
          <Chosen key={run.id} {...props} run={run}>
            <span className="trn-quiet">{trans.__('its output is a value')}</span>
          </Chosen>
        ))}
      </ul>
      {after.open && <RunPicker {...props} first={all.length === 0} />}
      {after.open && all.length > 0 && (
        <select className="trn-input trn-select" aria-label={trans.__('When it starts')} value={after.rule} onChange={event => after.setRule(event.currentTarget.value as AfterRule)}>
          {rules(all.length, after.rule).map(([rule, word]) => (
            <option key={rule} value={rule}>
              {word}
            </option>
          ))}
        </select>
      )}
    </fieldset>
  );
}

/** Of one run it is the same whether all or any of them have ended. */
function rules(count: number, chosen: AfterRule): [AfterRule, string][] {
  if (count === 1) {
    const ended: AfterRule = chosen === 'any_ended' ? 'any_ended' : 'all_ended';
    return [
      ['all_succeeded', trans.__('when it has succeeded')],
      [ended, trans.__('when it has ended, however it ends')],
      ['any_failed', trans.__('only when it has failed')]
    ];
  }
  return [
    ['all_succeeded', trans.__('when all have succeeded')],
    ['all_ended', trans.__('when all have ended, however they end')],
    ['any_ended', trans.__('when one has ended')],
    ['any_failed', trans.__('only when one has failed')]
  ];
}

function Chosen(props: StartAfterProps & { run: Run; children: ReactElement }): ReactElement {
  const { run } = props;
  return (
    <li data-run={run.id}>
      <Mark status={run.status} reused={Boolean(run.reused)} />
      <LinkButton title={statusText(run)} onClick={() => props.openRun(run.id)}>
        #{run.number} {shortName(run.tool)}
      </LinkButton>
      <span className="trn-grow" />
      {props.children}
    </li>
  );
}

function RunPicker(props: StartAfterProps & { first: boolean }): ReactElement {
  const [open, setOpen] = useState(props.first);
  const anchor = useRef<HTMLDivElement>(null);
  const leave = useCallback(() => setOpen(false), []);
  const close = (): void => {
    leave();
    anchor.current?.querySelector<HTMLElement>('button')?.focus();
  };
  return (
    <div ref={anchor} className="trn-after-add">
      <Button icon={<AddIcon />} onClick={() => setOpen(!open)}>
        {props.first ? trans.__('Choose a run') : trans.__('One more run')}
      </Button>
      {open && <Choices {...props} anchor={anchor} onClose={close} onLeave={leave} />}
    </div>
  );
}

function Choices(props: StartAfterProps & { anchor: RefObject<HTMLDivElement | null>; onClose: () => void; onLeave: () => void }): ReactElement {
  const { runs, form, anchor } = props;
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const { found, failure, again } = useFound(text, words => Promise.all([runs.underWay(words), runs.ended(words)]));
  const pickOf = (run: Run, heading: string): Pick => ({
    key: run.id,
    heading,
    content: <RunChoice run={run} />,
    choose: () => {
      form.after.add(run);
      props.onClose();
    }
  });
  const [underWay, ended] = found ?? [[], []];
  const isNew = (run: Run): boolean => !form.after.runs.some(chosen => chosen.id === run.id);
  const picks = [...underWay.filter(isNew).map(run => pickOf(run, trans.__('Under way'))), ...ended.filter(isNew).map(run => pickOf(run, trans._p('runs', 'Ended')))];
  return (
    <PickList
      label={trans.__('Starts after')}
      words={trans.__('Number, tool or value of a run')}
      listLabel={trans.__('Runs')}
      text={text}
      onText={changed => {
        setText(changed);
        setAt(0);
      }}
      picks={picks}
      at={at}
      onAt={setAt}
      anchor={anchor.current}
      field=".trn-after"
      onClose={props.onClose}
      onLeave={props.onLeave}
      note={
        <>
          {failure && <FailureNotice failure={failure} onRetry={again} />}
          {found !== null && picks.length === 0 && <p className="trn-menu-text">{text === '' ? trans.__('There is no run to wait for.') : trans.__('No run is meant by “%1”.', text)}</p>}
        </>
      }
    />
  );
}
