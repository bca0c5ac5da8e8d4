/** What can be done with the selected runs, and what became of it. */

import { useState, type ReactElement } from 'react';

import type { BulkRequest } from '../../api/types';
import { formatNumber } from '../../format';
import type { BulkReport, HistoryModel } from '../../models/history';
import { trans } from '../../translation';
import { Button, IconButton, LinkButton } from '../basics';
import { CloseIcon, LinkIcon, RetryIcon, StopIcon, TagIcon } from '../icons';
import { isFinal } from '../../logic/merge';
import { MenuItem, Popover } from './popover';

export function BulkBar(props: { model: HistoryModel; copyLinks: () => void }): ReactElement | null {
  const { model } = props;
  const runs = [...model.selected.values()];
  if (runs.length === 0) {
    return null;
  }
  const all = model.allSelected;
  const canCancel = all || runs.some(run => !isFinal(run.status));
  const canRetry = all || runs.some(run => run.status === 'failed' || run.status === 'canceled');
  const canOrder = all || runs.some(run => run.status === 'queued' || run.status === 'waiting');
  const found = model.timeline?.found;
  const mayAll = !all && model.view.group === '' && model.list.hasMore && found !== undefined && found.runs > runs.length;
  return (
    <div className="trn-bulk" role="toolbar" aria-label={trans.__('Selected runs')}>
      <strong>
        {all && found
          ? found.more
            ? trans.__('All of more than %1 selected', formatNumber(found.runs))
            : trans.__('All %1 selected', formatNumber(found.runs))
          : trans._n('%2 selected', '%2 selected', runs.length, formatNumber(runs.length))}
      </strong>
      {mayAll && <LinkButton onClick={() => model.selectAllOfFilter()}>{trans.__('Select all of this view')}</LinkButton>}
      <Button icon={<StopIcon />} disabled={!canCancel || model.working} onClick={() => void model.bulk('cancel')}>
        {trans.__('Cancel')}
      </Button>
      <Button icon={<RetryIcon />} disabled={!canRetry || model.working} title={trans.__('One more attempt of each that failed or was canceled: same numbers, same values, same code')} onClick={() => void model.bulk('retry')}>
        {trans.__('Retry')}
      </Button>
      <Popover
        side="above"
        title={trans.__('Tag the selected runs')}
        label={
          <>
            <TagIcon />
            <span>{trans.__('Tag')}</span>
          </>
        }
        disabled={model.working}
      >
        {close => <TagForm model={model} close={close} />}
      </Popover>
      <Popover side="above" menu title={trans.__('Priority of the selected runs')} label={trans.__('Priority')} disabled={!canOrder || model.working}>
        {close =>
          (['high', 'default', 'low'] as const).map(priority => (
            <MenuItem
              key={priority}
              onClick={() => {
                close();
                void model.bulk('priority', { priority });
              }}
            >
              {priorityWord(priority)}
            </MenuItem>
          ))
        }
      </Popover>
      <IconButton label={trans.__('Copy links')} disabled={all} onClick={props.copyLinks}>
        <LinkIcon />
      </IconButton>
      <IconButton label={trans.__('Clear the selection')} onClick={() => model.clearSelection()}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

export function priorityWord(priority: 'high' | 'default' | 'low'): string {
  switch (priority) {
    case 'high':
      return trans._p('priority', 'High');
    case 'default':
      return trans._p('priority', 'Default');
    case 'low':
      return trans._p('priority', 'Low');
  }
}

function TagForm(props: { model: HistoryModel; close: () => void }): ReactElement {
  const { model, close } = props;
  const [tag, setTag] = useState('');
  const act = (action: 'tag' | 'untag', word: string): void => {
    close();
    void model.bulk(action, { tags: [word] });
  };
  const onThem = new Set([...model.selected.values()].flatMap(run => run.tags));
  return (
    <>
      <form
        className="trn-popover-form"
        onSubmit={event => {
          event.preventDefault();
          if (tag.trim() !== '') {
            act('tag', tag.trim());
          }
        }}
      >
        <label>
          {trans.__('Tag')}
          <input className="trn-input" autoFocus maxLength={60} list="trn-known-tags" value={tag} onFocus={() => void model.loadTags()} onChange={event => setTag(event.currentTarget.value)} />
        </label>
        <datalist id="trn-known-tags">
          {model.tags.map(({ tag: known }) => (
            <option key={known} value={known} />
          ))}
        </datalist>
        <button type="submit" className="trn-button" disabled={tag.trim() === ''}>
          {trans.__('Add')}
        </button>
      </form>
      {onThem.size > 0 && (
        <div className="trn-popover-list">
          {[...onThem].slice(0, 12).map(word => (
            <button key={word} type="button" className="trn-menu-item" onClick={() => act('untag', word)}>
              {trans.__('Take away %1', word)}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

export function BulkNote(props: { report: BulkReport; onClose: () => void }): ReactElement {
  const { report } = props;
  const { answer } = report;
  const refused = answer.outcomes.filter(outcome => !outcome.done);
  const reasons = new Map<string, number>();
  for (const { message, number } of refused) {
    const words = (message ?? '').replace(`Run #${number} `, '').replace(`#${number}`, '');
    reasons.set(words, (reasons.get(words) ?? 0) + 1);
  }
  return (
    <div className="trn-report" role="status">
      <span>
        {doneText(report.action, answer.done)}
        {refused.length > 0 && ` ${trans._n('%2 was left as it is:', '%2 were left as they are:', refused.length, formatNumber(refused.length))} `}
        {[...reasons].slice(0, 3).map(([words, count]) => `${words}${count > 1 ? ` (${formatNumber(count)})` : ''}`).join('; ')}
        {answer.more && ` ${trans.__('There are more: one step changes 1,000 runs at most. Press again to go on.')}`}
      </span>
      {report.undo && <LinkButton onClick={() => void report.undo?.()}>{trans.__('Undo')}</LinkButton>}
      <IconButton label={trans.__('Close')} onClick={props.onClose}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

function doneText(action: BulkRequest['action'], done: number): string {
  const count = formatNumber(done);
  switch (action) {
    case 'cancel':
      return trans._n('%2 run canceled.', '%2 runs canceled.', done, count);
    case 'retry':
      return trans._n('%2 run waits for one more attempt.', '%2 runs wait for one more attempt.', done, count);
    case 'tag':
      return trans._n('%2 run tagged.', '%2 runs tagged.', done, count);
    case 'untag':
      return trans._n('The tag was taken from %2 run.', 'The tag was taken from %2 runs.', done, count);
    case 'priority':
      return trans._n('The priority of %2 run was changed.', 'The priority of %2 runs was changed.', done, count);
  }
}
