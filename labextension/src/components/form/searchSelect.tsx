/** One of many values: a button that opens their list, with a search above it. */

import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { createPortal } from 'react-dom';

import { findChoices, type Choice } from '../../logic/choices';
import { trans } from '../../translation';
import { CaretIcon } from '../icons';
import { aria, type ControlProps } from './controls';
import { usePopup } from './popup';

/** A list that is longer is narrowed before it is looked through. */
const DRAWN = 300;

interface SearchSelectProps extends ControlProps {
  choices: readonly Choice[];
  current: string;
  choose: (key: string) => void;
}

export function SearchSelect(props: SearchSelectProps): ReactElement {
  const { choices, current } = props;
  /** What the search begins with; null while the list is closed. */
  const [text, setText] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useId();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setText('');
    } else if (event.key.length === 1 && event.key !== ' ' && !event.altKey) {
      // A letter means a value, as it does in a list of the browser.
      event.preventDefault();
      setText(event.key);
    }
  };
  const chosen = choices.find(({ key }) => key === current);
  return (
    <div className="trn-control-row trn-search-select">
      <button
        {...aria(props)}
        ref={button}
        type="button"
        role="combobox"
        aria-haspopup="listbox"
        aria-expanded={text !== null}
        aria-controls={text === null ? undefined : list}
        className="trn-input trn-select"
        title={chosen?.help}
        onClick={() => setText(text === null ? '' : null)}
        onKeyDown={onKeyDown}
      >
        <span className="trn-cut">{chosen?.label}</span>
        <CaretIcon open />
      </button>
      {text !== null && (
        <Choices
          {...props}
          list={list}
          start={text}
          anchor={button.current}
          onClose={() => {
            setText(null);
            button.current?.focus();
          }}
          onLeave={() => setText(null)}
        />
      )}
    </div>
  );
}

function Choices(props: SearchSelectProps & { list: string; start: string; anchor: HTMLElement | null; onClose: () => void; onLeave: () => void }): ReactElement {
  const { choices, current, list } = props;
  const [text, setText] = useState(props.start);
  const node = useRef<HTMLDivElement>(null);
  const found = findChoices(choices, text);
  const drawn = found.slice(0, DRAWN);
  const [at, setAt] = useState(() => (props.start === '' ? Math.max(0, drawn.findIndex(({ key }) => key === current)) : 0));
  usePopup(node, props.anchor, '.trn-search-select', props.onLeave);
  useEffect(() => {
    document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at, list]);
  const go = (to: number): void => setAt(Math.max(0, Math.min(drawn.length - 1, to)));
  const choose = (choice: Choice | undefined): void => {
    if (choice) {
      props.onClose();
      props.choose(choice.key);
    }
  };
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      go(at + step);
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      choose(drawn[at]);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      props.onClose();
    } else if (event.key === 'Tab') {
      // On from the field, not from the end of the page, where the list is drawn.
      props.onClose();
    }
  };
  return createPortal(
    <div ref={node} className="trn-root trn-picker-popup" role="dialog" aria-label={props.label}>
      <input
        className="trn-input"
        type="search"
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={drawn.length > 0 ? `${list}-${at}` : undefined}
        aria-label={trans.__('Search these values')}
        placeholder={trans.__('Search these values')}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={event => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <p className="trn-menu-text trn-quiet" role="status">
        {found.length === 0 ? trans.__('No value has “%1” in it.', text) : trans._n('%1 value', '%1 values', found.length)}
        {found.length > DRAWN && ` · ${trans.__('the first %1 are shown', DRAWN)}`}
      </p>
      <ul id={list} role="listbox" aria-label={props.label} className="trn-picker-list">
        {drawn.map((choice, index) => (
          <li
            key={choice.key}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === at}
            data-current={choice.key === current || undefined}
            title={choice.help}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(choice)}
          >
            <span className="trn-cut">{choice.label}</span>
          </li>
        ))}
      </ul>
    </div>,
    // A modal dialog lets nothing else be pressed.
    props.anchor?.closest('dialog') ?? document.body
  );
}
