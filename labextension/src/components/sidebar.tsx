/** The sidebar: which tool, and what to give it. */

import { lazy, Suspense, useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';

import type { Run, Tool } from '../api/types';
import { shortName, statusText } from '../format';
import { byCategory, searchTools } from '../logic/search';
import type { FormModel } from '../models/form';
import { useModel } from '../models/model';
import type { RunsModel } from '../models/runs';
import type { SidebarModel } from '../models/sidebar';
import type { ToolsModel } from '../models/tools';
import { trans } from '../translation';
import { Ago, FailureNotice, IconButton, LinkButton, Loading, Notice, useNow, useSize } from './basics';
import type { FormServices } from './form/context';
import { FormFoot, FormHead } from './formFrame';
import { BackIcon, CaretIcon, HistoryIcon, Mark, SearchIcon, ToolIcon, WarningIcon } from './icons';
import { Splitter } from './splitter';

const loadForm = (): Promise<typeof import('./form/toolForm')> => import('./form/toolForm');
const ToolForm = lazy(loadForm);

/** Narrower than this, list and form swap. */
const NARROW = 280;
const RECENT = 5;

export interface SidebarProps {
  model: SidebarModel;
  tools: ToolsModel;
  runs: RunsModel;
  services: FormServices;
  openHistory: () => void;
  openFile: (path: string, line: number | null) => void;
}

export function Sidebar(props: SidebarProps): ReactElement {
  const { model } = props;
  useModel(model);
  const [node, setNode] = useState<HTMLElement | null>(null);
  const { width } = useSize(node);
  const narrow = width > 0 && width < NARROW;
  const form = model.form;
  const shown = width > 0;
  useEffect(() => {
    // Who looks at the tools will open one: its form is there by then.
    if (shown) {
      void loadForm();
    }
  }, [shown]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (event.key === '/' && !typing) {
      event.preventDefault();
      node?.querySelector<HTMLInputElement>('.trn-search input')?.focus();
    }
  };
  return (
    <div ref={setNode} className="trn-panel" data-narrow={narrow || undefined} onKeyDown={onKeyDown}>
      {!(narrow && form) && <ToolList {...props} />}
      {form && !narrow && <Splitter />}
      {form && <FormPanel {...props} form={form} narrow={narrow} />}
    </div>
  );
}

function ToolList(props: SidebarProps): ReactElement {
  const { model, tools } = props;
  useModel(tools);
  const found = searchTools(tools.tools, model.query);
  const searching = model.query.trim() !== '';
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const first = (): HTMLElement | null | undefined => list.current?.querySelector<HTMLElement>('.trn-tool');
  const onSearchKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && searching && found[0]) {
      event.preventDefault();
      model.open(found[0].name);
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      first()?.focus();
    } else if (event.key === 'Escape' && model.query !== '') {
      event.stopPropagation();
      model.setQuery('');
    }
  };
  const count = tools.tools.length;
  return (
    <section className="trn-list-pane" aria-label={trans.__('Tools')}>
      <div className="trn-bar">
        <div className="trn-search">
          <SearchIcon />
          <input
            ref={input}
            type="search"
            value={model.query}
            placeholder={trans._n('Search %1 tool', 'Search %1 tools', count)}
            aria-label={trans.__('Search tools')}
            autoComplete="off"
            spellCheck={false}
            onChange={event => model.setQuery(event.currentTarget.value)}
            onKeyDown={onSearchKey}
          />
          <kbd aria-hidden="true">/</kbd>
        </div>
        <IconButton label={trans.__('History')} onClick={props.openHistory}>
          <HistoryIcon />
        </IconButton>
      </div>
      <div className="trn-scroll" data-list="" ref={list} onKeyDown={event => moveFocus(event, list.current, input.current)}>
        {tools.failure && (
          <FailureNotice failure={tools.failure} kept={trans.__('Your values are kept.')} onRetry={() => void tools.refresh()} />
        )}
        {!tools.loaded && !tools.failure && <Loading>{trans.__('Loading tools')}</Loading>}
        {tools.loaded && count === 0 && (
          <Notice>
            {tools.reading ? trans.__('Tools are being read.') : trans.__('No tools yet. Add a folder of scripts to the configuration.')}
          </Notice>
        )}
        {searching && <p className="trn-count" role="status">{foundText(found.length, model.query)}</p>}
        {searching ? (
          <ToolRows tools={found} model={model} openFile={props.openFile} withCategory />
        ) : (
          <>
            <RecentRuns runs={props.runs} openRun={props.services.openRun} model={model} />
            {byCategory(found).map(category => (
              <Section key={category.name} model={model} name={`category:${category.name}`} title={category.name || trans.__('Other')} count={category.tools.length}>
                <ToolRows tools={category.tools} model={model} openFile={props.openFile} />
              </Section>
            ))}
          </>
        )}
      </div>
    </section>
  );
}

function foundText(count: number, query: string): string {
  return count === 0 ? trans.__('No tool matches “%1”.', query) : trans._n('%1 tool', '%1 tools', count);
}

/** Arrow keys walk through the list; up from its first row leads to the search. */
function moveFocus(event: KeyboardEvent, list: HTMLElement | null, search: HTMLElement | null): void {
  if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || !list) {
    return;
  }
  const rows = [...list.querySelectorAll<HTMLElement>('.trn-tool, .trn-section-head, .trn-recent')];
  const at = rows.findIndex(row => row === document.activeElement);
  if (at < 0) {
    return;
  }
  event.preventDefault();
  const next = event.key === 'ArrowDown' ? rows[at + 1] : at === 0 ? search : rows[at - 1];
  next?.focus();
}

function Section(props: { model: SidebarModel; name: string; title: string; count: number; children: ReactElement }): ReactElement {
  const { model, name } = props;
  const open = !model.isFolded(name);
  return (
    <div className="trn-section">
      <h3>
        <button type="button" className="trn-section-head" aria-expanded={open} onClick={() => model.fold(name, open)}>
          <CaretIcon open={open} />
          <span className="trn-grow">{props.title}</span>
          <span className="trn-quiet">{props.count}</span>
        </button>
      </h3>
      {open && props.children}
    </div>
  );
}

function RecentRuns(props: { runs: RunsModel; model: SidebarModel; openRun: (id: string) => void }): ReactElement | null {
  const { runs } = props;
  useModel(runs);
  const now = useNow(30_000);
  const recent = runs.runs.slice(0, RECENT);
  if (recent.length === 0) {
    return null;
  }
  return (
    <Section model={props.model} name="recent" title={trans.__('Recent runs')} count={recent.length}>
      <ul className="trn-rows">
        {recent.map(run => (
          <li key={run.id}>
            <RecentRun run={run} now={now} name={shortName(run.tool)} onClick={() => props.openRun(run.id)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function RecentRun(props: { run: Run; now: number; name: string; onClick: () => void }): ReactElement {
  const { run } = props;
  return (
    <button type="button" className="trn-row trn-recent" data-run={run.id} title={`#${run.number} ${props.name}, ${statusText(run)}`} onClick={props.onClick}>
      <Mark status={run.status} />
      <span className="trn-grow trn-cut">
        {props.name} <span className="trn-sr">{statusText(run)}</span>
      </span>
      <span className="trn-quiet">
        {run.status === 'running' ? statusText(run) : <Ago time={run.finished_at ?? run.created_at} now={props.now} />}
      </span>
    </button>
  );
}

function ToolRows(props: {
  tools: readonly Tool[];
  model: SidebarModel;
  openFile: SidebarProps['openFile'];
  withCategory?: boolean;
}): ReactElement {
  return (
    <ul className="trn-rows">
      {props.tools.map(tool => (
        <li key={tool.name}>
          {tool.error ? (
            <BrokenTool tool={tool} openFile={props.openFile} />
          ) : (
            <ToolRow tool={tool} model={props.model} withCategory={props.withCategory === true} />
          )}
        </li>
      ))}
    </ul>
  );
}

function ToolRow(props: { tool: Tool; model: SidebarModel; withCategory: boolean }): ReactElement {
  const { tool, model } = props;
  const chosen = model.form?.tool.name === tool.name;
  return (
    <button
      type="button"
      className="trn-row trn-tool"
      data-tool={tool.name}
      aria-current={chosen || undefined}
      title={tool.description || tool.title}
      onClick={() => model.open(tool.name)}
    >
      <ToolIcon />
      <span className="trn-grow trn-cut">{tool.short_name}</span>
      {props.withCategory && <span className="trn-quiet trn-hide-narrow">{tool.category}</span>}
    </button>
  );
}

/** A tool that cannot be read stays listed, with file, line and reason. */
function BrokenTool(props: { tool: Tool; openFile: SidebarProps['openFile'] }): ReactElement {
  const { tool } = props;
  const [open, setOpen] = useState(false);
  const error = tool.error;
  const path = error?.path ?? tool.path ?? null;
  const line = error?.line ?? null;
  const file = path === null ? '' : (path.split('/').at(-1) ?? path);
  return (
    <>
      <button type="button" className="trn-row trn-tool trn-broken" data-tool={tool.name} aria-expanded={open} title={error?.message} onClick={() => setOpen(!open)}>
        <WarningIcon />
        <span className="trn-grow trn-cut">{tool.short_name}</span>
        <span className="trn-quiet">{trans.__('cannot be read')}</span>
      </button>
      {open && (
        <div className="trn-broken-facts">
          <p>
            {file !== '' && <strong>{line === null ? file : trans.__('%1, line %2', file, line)}: </strong>}
            {error?.message}
          </p>
          {error?.hint && <p>{error.hint}</p>}
          {path !== null && <LinkButton onClick={() => props.openFile(path, line)}>{trans.__('Show the file')}</LinkButton>}
        </div>
      )}
    </>
  );
}

function FormPanel(props: SidebarProps & { form: FormModel; narrow: boolean }): ReactElement {
  const { form, model } = props;
  useModel(form);
  // The values stay, so that nothing is lost while the file is mended.
  const broken = props.tools.find(form.tool.name)?.error;
  const body = useRef<HTMLDivElement>(null);
  const { focusRequest } = model;
  useEffect(() => {
    if (focusRequest > 0) {
      body.current?.querySelector<HTMLElement>('.trn-form-title')?.focus();
    }
  }, [focusRequest, form]);
  const run = async (): Promise<void> => {
    await model.submit();
    if (form.problems.size > 0) {
      // The fields that were folded are drawn before the first of them is looked for.
      window.requestAnimationFrame(() => focusFirstInvalid(body.current));
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      void run();
    }
  };
  return (
    <section className="trn-form-pane" aria-label={form.tool.title} ref={body} onKeyDown={onKeyDown}>
      {props.narrow && (
        <div className="trn-bar">
          <button type="button" className="trn-button trn-bare" onClick={() => model.close()}>
            <BackIcon />
            <span>{trans.__('Tools')}</span>
          </button>
          <span className="trn-grow" />
          <IconButton label={trans.__('History')} onClick={props.openHistory}>
            <HistoryIcon />
          </IconButton>
        </div>
      )}
      <div className="trn-scroll trn-form">
        {broken && (
          <p role="alert" className="trn-notice">
            {trans.__('The file can no longer be read: %1', broken.message)}
            {broken.hint ? ` ${broken.hint}` : ''}
          </p>
        )}
        <FormHead form={form} narrow={props.narrow} openRun={props.services.openRun} onClose={() => model.close()} />
        <Suspense fallback={<Loading>{trans.__('Loading the form')}</Loading>}>
          <ToolForm key={form.tool.name} model={form} services={props.services} />
        </Suspense>
      </div>
      <FormFoot form={form} narrow={props.narrow} onRun={() => void run()} onShowProblem={() => focusFirstInvalid(body.current)} />
    </section>
  );
}

function focusFirstInvalid(node: HTMLElement | null): void {
  const field = node?.querySelector<HTMLElement>('[aria-invalid="true"]') ?? node?.querySelector<HTMLElement>('[data-invalid] :is(input, textarea, select, button)');
  const target = field?.matches('[role="radiogroup"]') ? field.querySelector<HTMLElement>('input') : field;
  target?.focus();
  target?.scrollIntoView({ block: 'nearest' });
}
