/** A JSON value as a tree that opens where one looks. */

import { useState, type ReactElement } from 'react';

import { formatNumber } from '../format';
import { isObject } from '../logic/json';
import { trans } from '../translation';
import { LinkButton } from './basics';
import { CaretIcon } from './icons';

const PAGE = 100;

/** A value, its first level open. */
export function JsonTree(props: { value: unknown }): ReactElement {
  const { value } = props;
  return isBranch(value) ? (
    <ul className="trn-tree">
      <Children value={value} depth={0} />
    </ul>
  ) : (
    <Leaf value={value} />
  );
}

type Branch = unknown[] | Record<string, unknown>;

function isBranch(value: unknown): value is Branch {
  return (Array.isArray(value) && value.length > 0) || (isObject(value) && Object.keys(value).length > 0);
}

function Children(props: { value: Branch; depth: number }): ReactElement {
  const [shown, setShown] = useState(PAGE);
  const entries = Object.entries(props.value);
  return (
    <>
      {entries.slice(0, shown).map(([key, value]) => (
        <Node key={key} name={key} value={value} depth={props.depth} inList={Array.isArray(props.value)} />
      ))}
      {entries.length > shown && (
        <li>
          <LinkButton onClick={() => setShown(shown + 10 * PAGE)}>
            {trans._n('%2 more', '%2 more', entries.length - shown, formatNumber(entries.length - shown))}
          </LinkButton>
        </li>
      )}
    </>
  );
}

function Node(props: { name: string; value: unknown; depth: number; inList: boolean }): ReactElement {
  const { name, value, depth } = props;
  const [open, setOpen] = useState(depth === 0 && size(value) <= 20);
  const key = <span className={props.inList ? 'trn-tree-index' : 'trn-tree-key'}>{name}</span>;
  if (!isBranch(value)) {
    return (
      <li className="trn-tree-leaf">
        {key}: <Leaf value={value} />
      </li>
    );
  }
  return (
    <li>
      <button type="button" className="trn-tree-branch" aria-expanded={open} onClick={() => setOpen(!open)}>
        <CaretIcon open={open} />
        {key}: <span className="trn-quiet">{branchFacts(value)}</span>
      </button>
      {open && (
        <ul className="trn-tree">
          <Children value={value} depth={depth + 1} />
        </ul>
      )}
    </li>
  );
}

function size(value: unknown): number {
  return isBranch(value) ? Object.keys(value).length : 0;
}

function branchFacts(value: Branch): string {
  const count = size(value);
  return Array.isArray(value)
    ? trans._n('%2 item', '%2 items', count, formatNumber(count))
    : trans._n('%2 key', '%2 keys', count, formatNumber(count));
}

export function Leaf(props: { value: unknown }): ReactElement {
  const { value } = props;
  return (
    <span className="trn-tree-value" data-type={value === null ? 'null' : typeof value}>
      {JSON.stringify(value)}
    </span>
  );
}
