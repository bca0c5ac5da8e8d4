/** Which tool: the search, tags, and the list with its states in words. */

import { useRef, type KeyboardEvent, type ReactElement } from 'react';

import { useModel } from '../models/model';
import type { ToolListModel } from '../models/toolList';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, LinkButton, Loading, Notice } from './basics';
import { AddIcon, CalendarIcon, CloseIcon, HistoryIcon, QueueIcon, SearchIcon, TableIcon, TagIcon } from './icons';
import { ToolTree } from './toolTree';

const TAGS = 40;

/** The pages that the sidebar leads to. */
export interface SidebarPages {
  queue: () => void;
  history: () => void;
  schedules: () => void;
  batches: () => void;
}

export function PageIcons({ pages }: { pages: SidebarPages }): ReactElement {
  return (
    <>
      <IconButton label={trans.__('Queue')} onClick={pages.queue}>
        <QueueIcon />
      </IconButton>
      <IconButton label={trans.__('History')} onClick={pages.history}>
        <HistoryIcon />
      </IconButton>
      <IconButton label={trans.__('Schedules')} onClick={pages.schedules}>
        <CalendarIcon />
      </IconButton>
      <IconButton label={trans.__('Batches')} onClick={pages.batches}>
        <TableIcon />
      </IconButton>
    </>
  );
}

export interface ToolListProps {
  list: ToolListModel;
  openRun: (id: string) => void;
  pages: SidebarPages;
  /** Whether nothing else stands in the sidebar, so that there is room for words at its foot. */
  alone: boolean;
  /** Asks for a folder of tools. */
  addTools: () => void;
}

export function ToolList(props: ToolListProps): ReactElement {
  const { list } = props;
  const { tools, sidebar } = list;
  useModel(list);
  const pane = useRef<HTMLElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const onSearchKey = (event: KeyboardEvent): void => {
    const first = list.rows.find(row => row.kind === 'tool');
    if (event.key === 'Enter' && list.searching && first) {
      event.preventDefault();
      list.choose(first);
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      list.activate(0);
      pane.current?.querySelector<HTMLElement>('.trn-tree')?.focus();
    } else if (event.key === 'Escape' && sidebar.query !== '') {
      event.stopPropagation();
      sidebar.setQuery('');
    }
  };
  return (
    <section className="trn-list-pane" aria-label={trans.__('Tools')} ref={pane}>
      <div className="trn-bar">
        <div className="trn-search">
          <SearchIcon />
          <input
            ref={input}
            type="search"
            value={sidebar.query}
            placeholder={trans._n('Search %1 tool', 'Search %1 tools', tools.tools.length)}
            aria-label={trans.__('Search tools')}
            autoComplete="off"
            spellCheck={false}
            onChange={event => sidebar.setQuery(event.currentTarget.value)}
            onKeyDown={onSearchKey}
          />
          <kbd aria-hidden="true">/</kbd>
        </div>
        {list.hasTags && (
          <IconButton label={trans.__('Filter by tags')} pressed={list.tagsOpen} onClick={() => list.showTags(!list.tagsOpen)}>
            <TagIcon />
          </IconButton>
        )}
        <IconButton label={trans.__('Add tools')} onClick={props.addTools}>
          <AddIcon />
        </IconButton>
        {!props.alone && <PageIcons pages={props.pages} />}
      </div>
      {(list.tagsOpen || list.chosenTags.length > 0) && <Tags list={list} />}
      {list.missing !== null && (
        <div className="trn-notice" role="alert">
          <p>{trans.__('There is no tool “%1” here, or it cannot be read.', list.missing)}</p>
          <Button onClick={() => list.miss(null)}>{trans.__('Close')}</Button>
        </div>
      )}
      <States list={list} addTools={props.addTools} />
      {list.rows.length > 0 && <ToolTree list={list} openRun={props.openRun} leave={() => input.current?.focus()} />}
      {props.alone && (
        <nav className="trn-pages" aria-label={trans.__('Pages')}>
          <button type="button" className="trn-button trn-bare" onClick={props.pages.queue}>
            <QueueIcon />
            <span>{trans.__('Queue')}</span>
          </button>
          <button type="button" className="trn-button trn-bare" onClick={props.pages.history}>
            <HistoryIcon />
            <span>{trans.__('History')}</span>
          </button>
          <button type="button" className="trn-button trn-bare" onClick={props.pages.schedules}>
            <CalendarIcon />
            <span>{trans.__('Schedules')}</span>
          </button>
        </nav>
      )}
    </section>
  );
}

function Tags({ list }: { list: ToolListModel }): ReactElement {
  const chosen = new Set(list.chosenTags);
  const offered = list.tagsOpen ? list.offeredTags(TAGS) : list.offeredTags(0);
  return (
    <div className="trn-tags" role="group" aria-label={trans.__('Tags')}>
      {offered.map(tag => (
        <button key={tag.name} type="button" className="trn-chip" aria-pressed={chosen.has(tag.name)} onClick={() => list.toggleTag(tag.name)}>
          <span className="trn-cut">{tag.name}</span>
          {chosen.has(tag.name) ? <CloseIcon /> : <span className="trn-quiet">{tag.count}</span>}
        </button>
      ))}
      {list.chosenTags.filter(name => !offered.some(tag => tag.name === name)).map(name => (
        <button key={name} type="button" className="trn-chip" aria-pressed="true" onClick={() => list.toggleTag(name)}>
          <span className="trn-cut">{name}</span>
          <CloseIcon />
        </button>
      ))}
    </div>
  );
}

/** What is said beside the list or in its place. */
function States({ list, addTools }: { list: ToolListModel; addTools: () => void }): ReactElement {
  const { tools } = list;
  const count = tools.tools.length;
  return (
    <>
      {tools.failure && (
        <FailureNotice
          failure={tools.failure}
          kept={count > 0 ? trans.__('The list is kept as it was.') : ''}
          onRetry={() => void tools.refresh()}
        />
      )}
      {!tools.loaded && !tools.failure && <Loading>{trans.__('Loading tools')}</Loading>}
      {tools.reading && tools.reading.files > 0 && (
        <p className="trn-count" role="status">
          {trans.__('Reading files: %1 of %2', tools.reading.read, tools.reading.files)}
        </p>
      )}
      {tools.loaded && count === 0 && !tools.reading && (
        <div className="trn-notice" role="status">
          <p>{trans.__('No tools yet. Add a folder of scripts: each of them becomes a tool with a form.')}</p>
          <Button primary icon={<AddIcon />} onClick={addTools}>{trans.__('Add a folder')}</Button>
        </div>
      )}
      {list.searching && count > 0 && <Found list={list} />}
    </>
  );
}

function Found({ list }: { list: ToolListModel }): ReactElement {
  const { found } = list;
  const query = list.sidebar.query.trim();
  const tags = list.chosenTags.join(', ');
  if (found > 0) {
    return (
      <p className="trn-count" role="status">
        {trans._n('%1 tool', '%1 tools', found)} · <LinkButton onClick={() => list.clearFilters()}>{trans.__('Clear the search')}</LinkButton>
      </p>
    );
  }
  return (
    <Notice>
      {query !== '' && tags !== ''
        ? trans.__('No tool matches “%1” with %2.', query, tags)
        : trans.__('No tool matches “%1”.', query || tags)}{' '}
      <LinkButton onClick={() => list.clearFilters()}>{trans.__('Clear the search')}</LinkButton>
    </Notice>
  );
}
