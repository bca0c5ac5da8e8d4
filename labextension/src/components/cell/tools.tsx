/** All tools in a notebook or a dashboard: one is chosen, then its form is filled. */

import { useDeferredValue, useRef, useState, type ReactElement } from 'react';

import type { Tool } from '../../api/types';
import { byCategory } from '../../logic/toolGroups';
import { useModel } from '../../models/model';
import { trans } from '../../translation';
import { Button, FailureNotice, LinkButton, Loading, Notice } from '../basics';
import { BackIcon, SearchIcon } from '../icons';
import { ToolIconOf } from '../toolIcons';
import { CellFormView } from './form';
import type { CellProps } from './view';

export function CellToolsView(props: CellProps): ReactElement {
  const { bond } = props;
  useModel(bond);
  const { tool } = bond.state;
  if (tool === '') {
    return <Choice {...props} />;
  }
  return (
    <>
      <div className="trn-cell-choice">
        <Button onClick={() => bond.set({ tool: '', values: '{}', run: '', snapshot: '' })}>
          <BackIcon />
          {trans.__('All tools')}
        </Button>
      </div>
      <CellFormView key={tool} {...props} />
    </>
  );
}

function Choice({ bond, surroundings }: CellProps): ReactElement {
  const { tools } = surroundings;
  useModel(tools);
  const [query, setQuery] = useState('');
  const words = useDeferredValue(query.trim());
  const input = useRef<HTMLInputElement>(null);
  const version = tools.tools;
  const groups = words === '' ? byCategory(version) : [{ name: '', tools: tools.search(words) }];
  const choose = (tool: Tool): void => bond.set({ tool: tool.name, values: '{}', run: '', snapshot: '' });
  if (!tools.loaded) {
    return tools.failure ? <FailureNotice failure={tools.failure} onRetry={() => void tools.refresh()} /> : <Loading>{trans.__('Loading the tools')}</Loading>;
  }
  const count = groups.reduce((sum, group) => sum + group.tools.length, 0);
  return (
    <section className="trn-choice" aria-label={trans.__('Tools')}>
      <div className="trn-search">
        <SearchIcon />
        <input
          ref={input}
          type="search"
          value={query}
          placeholder={trans._n('Search %1 tool', 'Search %1 tools', version.length)}
          aria-label={trans.__('Search tools')}
          autoComplete="off"
          spellCheck={false}
          onChange={event => setQuery(event.currentTarget.value)}
        />
      </div>
      {version.length === 0 && <Notice>{trans.__('There are no tools here yet.')}</Notice>}
      {version.length > 0 && count === 0 && (
        <Notice>
          {trans.__('No tool matches “%1”.', words)}{' '}
          <LinkButton
            onClick={() => {
              setQuery('');
              input.current?.focus();
            }}
          >
            {trans.__('Clear the search')}
          </LinkButton>
        </Notice>
      )}
      {groups.map(group => (
        <div key={group.name}>
          {group.name !== '' && <h2>{group.name}</h2>}
          <ul>
            {group.tools.map(tool => (
              <li key={tool.name}>
                <button type="button" className="trn-choice-tool" disabled={Boolean(tool.error)} onClick={() => choose(tool)}>
                  <ToolIconOf tool={tool} />
                  <span>
                    <strong>{tool.title}</strong>
                    <span>{tool.error ? tool.error.message : (tool.description.split('\n')[0] ?? '')}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
