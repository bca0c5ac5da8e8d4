/** A list that floats at a field, with a search above it: what is chosen goes into the field. */

import { useEffect, useId, useRef, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';
import { createPortal } from 'react-dom';

import { usePopup } from './popup';

export interface Pick {
  key: string;
  /** Stands above it where it is not that of the one before. */
  heading?: string;
  content: ReactNode;
  choose: () => void;
}

export interface PickListProps {
  /** Of the whole. */
  label: string;
  /** Of the search. */
  words: string;
  /** Of the list. */
  listLabel: string;
  text: string;
  onText: (text: string) => void;
  picks: readonly Pick[];
  /** Which of them Enter takes. */
  at: number;
  onAt: (at: number) => void;
  anchor: HTMLElement | null;
  /** Selector of what it stands below. */
  field: string;
  onClose: () => void;
  onLeave: () => void;
  /** Above the search. */
  head?: ReactNode;
  /** Between the search and the list. */
  note?: ReactNode;
  foot?: ReactNode;
}

export function PickList(props: PickListProps): ReactElement {
  const { picks, at, anchor } = props;
  const id = useId();
  const node = useRef<HTMLDivElement>(null);
  usePopup(node, anchor, props.field, props.onLeave);
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at, id]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      props.onAt(Math.max(0, Math.min(picks.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      picks[at]?.choose();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      props.onClose();
    }
  };
  return createPortal(
    <div ref={node} className="trn-root trn-picker-popup" role="dialog" aria-label={props.label}>
      {props.head}
      <input
        className="trn-input"
        type="search"
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={picks.length > 0 ? `${id}-${at}` : undefined}
        aria-label={props.words}
        placeholder={props.words}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        value={props.text}
        onChange={event => props.onText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {props.note}
      <ul id={`${id}-list`} role="listbox" aria-label={props.listLabel} className="trn-picker-list">
        {picks.map((pick, index) => (
          <li key={pick.key} id={`${id}-${index}`} role="option" aria-selected={index === at} onPointerMove={() => props.onAt(index)} onClick={() => pick.choose()}>
            {pick.heading !== undefined && pick.heading !== picks[index - 1]?.heading && <span className="trn-picker-heading">{pick.heading}</span>}
            <span className="trn-pick">{pick.content}</span>
          </li>
        ))}
      </ul>
      {props.foot}
    </div>,
    // A modal dialog lets nothing else be pressed.
    anchor?.closest('dialog') ?? document.body
  );
}
