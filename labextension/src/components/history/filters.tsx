/** What narrows the history: a chip for each filter, and a menu of filters to add. */

import { useId, useState, type ReactElement, type ReactNode } from 'react';

import type { RunStatus } from '../../api/types';
import { formatExact, reasonWord, shortName, statusWord } from '../../format';
import { readCondition, type HistoryView, type Period } from '../../logic/historyView';
import type { HistoryModel } from '../../models/history';
import type { ToolsModel } from '../../models/tools';
import { trans } from '../../translation';
import { LinkButton } from '../basics';
import { AddIcon, CloseIcon } from '../icons';
import { Popover } from './popover';

const STATUSES: RunStatus[] = ['waiting', 'queued', 'running', 'succeeded', 'failed', 'canceled', 'skipped'];
type Kind = 'tool' | 'status' | 'owner' | 'tag' | 'time' | 'param' | 'duration';

export function Filters(props: { model: HistoryModel; tools: ToolsModel }): ReactElement {
  const { model } = props;
  const { view } = model;
  const set = (change: Partial<HistoryView>): void => model.setView(change);
  const chips: { key: string; text: string; remove: Partial<HistoryView> }[] = [
    ...view.tools.map(tool => ({ key: `tool ${tool}`, text: trans.__('Tool: %1', props.tools.find(tool)?.short_name ?? shortName(tool)), remove: { tools: without(view.tools, tool) } })),
    ...view.statuses.map(status => ({ key: `status ${status}`, text: statusWord(status), remove: { statuses: without(view.statuses, status) } })),
    ...view.reasons.map(reason => ({ key: `reason ${reason}`, text: trans.__('Failed: %1', reasonWord(reason)), remove: { reasons: without(view.reasons, reason) } })),
    ...view.owners.map(owner => ({ key: `owner ${owner}`, text: trans.__('User: %1', owner), remove: { owners: without(view.owners, owner) } })),
    ...view.tags.map(tag => ({ key: `tag ${tag}`, text: trans.__('Tag: %1', tag), remove: { tags: without(view.tags, tag) } })),
    ...view.chains.map(chain => ({ key: `chain ${chain}`, text: chainText(chain, model), remove: { chains: without(view.chains, chain) } })),
    ...view.params.map(param => ({ key: `param ${param}`, text: conditionText(param), remove: { params: without(view.params, param) } })),
    ...(view.period !== '' || view.from !== '' || view.before !== '' ? [{ key: 'time', text: timeText(view), remove: { period: '' as const, from: '', before: '' } }] : []),
    ...(view.shortest !== '' || view.longest !== '' ? [{ key: 'duration', text: durationText(view), remove: { shortest: '', longest: '' } }] : [])
  ];
  return (
    <div className="trn-filters" role="group" aria-label={trans.__('Filters')}>
      {chips.map(({ key, text, remove }) => (
        <span key={key} className="trn-filter-chip">
          <span className="trn-cut" title={text}>
            {text}
          </span>
          <button type="button" aria-label={trans.__('Remove the filter %1', text)} title={trans.__('Remove')} onClick={() => set(remove)}>
            <CloseIcon />
          </button>
        </span>
      ))}
      <Popover
        className="trn-filter-add"
        label={
          <>
            <AddIcon />
            <span>{trans.__('Filter')}</span>
          </>
        }
        title={trans.__('Add a filter')}
      >
        {close => <AddFilter {...props} close={close} />}
      </Popover>
      {model.filters > 0 && <LinkButton onClick={() => model.clearFilters()}>{trans.__('Clear')}</LinkButton>}
    </div>
  );
}

function without<T>(list: readonly T[], value: T): T[] {
  return list.filter(other => other !== value);
}

/** By the number of the run that it began with, where that one is among those that are shown. */
function chainText(chain: string, model: HistoryModel): string {
  for (const run of model.known()) {
    if (run.id === chain) {
      return trans.__('#%1 and what was made from it', run.number);
    }
  }
  return trans.__('One chain of runs');
}

function conditionText(text: string): string {
  const condition = readCondition(text);
  if (!condition) {
    return text;
  }
  const { name, comparison, value } = condition;
  return comparison === '~' ? trans.__('%1 contains %2', name, value) : `${name} ${comparison.replace('>=', '≥').replace('<=', '≤').replace('!=', '≠')} ${value}`;
}

export function periodWord(period: Period): string {
  switch (period) {
    case 'today':
      return trans.__('Today');
    case 'week':
      return trans.__('Last 7 days');
    case 'month':
      return trans.__('Last 30 days');
    case 'year':
      return trans.__('Last year');
    case '':
      return trans.__('Any time');
  }
}

function timeText(view: HistoryView): string {
  if (view.period !== '') {
    return periodWord(view.period);
  }
  const short = (time: string): string => formatExact(time).replace(/:\d\d( [^ ]+)?$/, '');
  if (view.from === '') {
    return trans.__('before %1', short(view.before));
  }
  return view.before === '' ? trans.__('since %1', short(view.from)) : trans.__('%1 to %2', short(view.from), short(view.before));
}

function durationText({ shortest, longest }: HistoryView): string {
  if (longest === '') {
    return trans.__('%1 s or longer', shortest);
  }
  return shortest === '' ? trans.__('%1 s or shorter', longest) : trans.__('%1 to %2 s', shortest, longest);
}

function AddFilter(props: { model: HistoryModel; tools: ToolsModel; close: () => void }): ReactElement {
  const [kind, setKind] = useState<Kind | null>(null);
  const names: [Kind, string][] = [
    ['tool', trans.__('Tool')],
    ['status', trans.__('Status')],
    ['time', trans.__('Time')],
    ['param', trans.__('A parameter’s value')],
    ['tag', trans.__('Tag')],
    ['owner', trans.__('User')],
    ['duration', trans.__('Duration')]
  ];
  if (kind === null) {
    return (
      <div className="trn-popover-list">
        {names.map(([name, word]) => (
          <button key={name} type="button" className="trn-menu-item" onClick={() => setKind(name)}>
            {word}
          </button>
        ))}
      </div>
    );
  }
  const { model, close } = props;
  const add = (change: Partial<HistoryView>): void => {
    close();
    model.setView(change);
  };
  const { view } = model;
  switch (kind) {
    case 'status':
      return (
        <div className="trn-popover-list" role="group" aria-label={trans.__('Status')}>
          {STATUSES.map(status => (
            <label key={status} className="trn-menu-item">
              <input
                type="checkbox"
                autoFocus={status === STATUSES[0]}
                checked={view.statuses.includes(status)}
                onChange={event => model.setView({ statuses: event.currentTarget.checked ? [...view.statuses, status] : without(view.statuses, status) })}
              />
              {statusWord(status)}
            </label>
          ))}
        </div>
      );
    case 'tool':
      return <Words label={trans.__('Tool')} known={props.tools.tools.map(tool => tool.short_name)} onAdd={word => add({ tools: [...view.tools, props.tools.find(word)?.name ?? word] })} />;
    case 'tag':
      return <Words label={trans.__('Tag')} known={model.tags.map(({ tag }) => tag)} onOpen={() => void model.loadTags()} onAdd={tag => add({ tags: [...view.tags, tag] })} />;
    case 'owner':
      return <Words label={trans.__('User')} known={[...new Set([...model.known()].map(run => run.owner))]} onAdd={owner => add({ owners: [...view.owners, owner] })} />;
    case 'param':
      return <ParamFilter {...props} onAdd={param => add({ params: [...view.params, param] })} />;
    case 'time':
      return <TimeFilter view={view} onAdd={add} />;
    case 'duration':
      return <DurationFilter view={view} onAdd={add} />;
  }
}

function Asked(props: { children: ReactNode; onAdd: () => void; disabled?: boolean }): ReactElement {
  return (
    <form
      className="trn-popover-form"
      onSubmit={event => {
        event.preventDefault();
        if (props.disabled !== true) {
          props.onAdd();
        }
      }}
    >
      {props.children}
      <button type="submit" className="trn-button" disabled={props.disabled}>
        {trans.__('Add')}
      </button>
    </form>
  );
}

function Words(props: { label: string; known: readonly string[]; onOpen?: () => void; onAdd: (word: string) => void }): ReactElement {
  const [word, setWord] = useState('');
  const id = useId();
  return (
    <Asked disabled={word.trim() === ''} onAdd={() => props.onAdd(word.trim())}>
      <label>
        {props.label}
        <input className="trn-input" autoFocus list={id} value={word} onFocus={props.onOpen} onChange={event => setWord(event.currentTarget.value)} />
      </label>
      <datalist id={id}>
        {props.known.slice(0, 500).map(known => (
          <option key={known} value={known} />
        ))}
      </datalist>
    </Asked>
  );
}

function ParamFilter(props: { model: HistoryModel; tools: ToolsModel; onAdd: (condition: string) => void }): ReactElement {
  const [name, setName] = useState('');
  const [comparison, setComparison] = useState('=');
  const [value, setValue] = useState('');
  const id = useId();
  const names = new Set([...props.model.known()].flatMap(run => Object.keys(run.params)));
  const needsNumber = ['>', '<', '>=', '<='].includes(comparison);
  const wrong = needsNumber && value.trim() !== '' && !Number.isFinite(Number(value));
  const comparisons: [string, string][] = [
    ['=', trans.__('is')],
    ['!=', trans.__('is not')],
    ['~', trans.__('contains')],
    ['>=', trans.__('is at least')],
    ['<=', trans.__('is at most')],
    ['>', trans.__('is above')],
    ['<', trans.__('is below')]
  ];
  return (
    <Asked disabled={name.trim() === '' || wrong || (needsNumber && value.trim() === '')} onAdd={() => props.onAdd(`${name.trim()}${comparison}${value.trim()}`)}>
      <label>
        {trans.__('Parameter')}
        <input className="trn-input" autoFocus list={id} value={name} onChange={event => setName(event.currentTarget.value.replace(/[\s=!<>~]/g, ''))} />
      </label>
      <datalist id={id}>
        {[...names].slice(0, 300).map(known => (
          <option key={known} value={known} />
        ))}
      </datalist>
      <label>
        {trans.__('Comparison')}
        <select className="trn-input" value={comparison} onChange={event => setComparison(event.currentTarget.value)}>
          {comparisons.map(([sign, word]) => (
            <option key={sign} value={sign}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label>
        {trans.__('Value')}
        <input className="trn-input" value={value} aria-invalid={wrong || undefined} onChange={event => setValue(event.currentTarget.value)} />
      </label>
      {wrong && (
        <p className="trn-error" role="alert">
          {trans.__('Write a number, or choose “is” or “contains”.')}
        </p>
      )}
    </Asked>
  );
}

function TimeFilter(props: { view: HistoryView; onAdd: (change: Partial<HistoryView>) => void }): ReactElement {
  const [from, setFrom] = useState(localTime(props.view.from));
  const [before, setBefore] = useState(localTime(props.view.before));
  const iso = (text: string): string => (text === '' ? '' : new Date(text).toISOString());
  return (
    <>
      <div className="trn-popover-list">
        {(['today', 'week', 'month', 'year'] as const).map(period => (
          <button key={period} type="button" className="trn-menu-item" onClick={() => props.onAdd({ period, from: '', before: '' })}>
            {periodWord(period)}
          </button>
        ))}
      </div>
      <Asked disabled={from === '' && before === ''} onAdd={() => props.onAdd({ period: '', from: iso(from), before: iso(before) })}>
        <label>
          {trans.__('From')}
          <input className="trn-input" type="datetime-local" value={from} onChange={event => setFrom(event.currentTarget.value)} />
        </label>
        <label>
          {trans.__('Until')}
          <input className="trn-input" type="datetime-local" value={before} onChange={event => setBefore(event.currentTarget.value)} />
        </label>
      </Asked>
    </>
  );
}

function localTime(time: string): string {
  if (time === '') {
    return '';
  }
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function DurationFilter(props: { view: HistoryView; onAdd: (change: Partial<HistoryView>) => void }): ReactElement {
  const [shortest, setShortest] = useState(props.view.shortest);
  const [longest, setLongest] = useState(props.view.longest);
  return (
    <Asked disabled={shortest === '' && longest === ''} onAdd={() => props.onAdd({ shortest, longest })}>
      <label>
        {trans.__('Seconds at least')}
        <input className="trn-input" type="number" min="0" step="any" autoFocus value={shortest} onChange={event => setShortest(event.currentTarget.value)} />
      </label>
      <label>
        {trans.__('Seconds at most')}
        <input className="trn-input" type="number" min="0" step="any" value={longest} onChange={event => setLongest(event.currentTarget.value)} />
      </label>
    </Asked>
  );
}

