/** A button that opens something small below it; Escape and a press elsewhere close it. */

import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';

export interface PopoverProps {
  label: ReactNode;
  /** Where the label is a drawing. */
  title?: string;
  className?: string;
  /** A menu has only buttons, and arrows walk through them. */
  menu?: boolean;
  side?: 'start' | 'end' | 'above';
  disabled?: boolean;
  children: (close: () => void) => ReactNode;
}

export function Popover(props: PopoverProps): ReactElement {
  const [open, setOpen] = useState(false);
  const node = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) {
      return;
    }
    node.current?.querySelector<HTMLElement>('.trn-popover :is(input, select, button, [tabindex="0"])')?.focus();
    const onPress = (event: PointerEvent): void => {
      if (!node.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', onPress, true);
    return () => document.removeEventListener('pointerdown', onPress, true);
  }, [open]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!open) {
      return;
    }
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (props.menu === true && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      const items = [...(node.current?.querySelectorAll<HTMLElement>('.trn-popover button') ?? [])];
      const at = items.findIndex(item => item === document.activeElement);
      event.preventDefault();
      items[(at + (event.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length]?.focus();
    }
  };
  return (
    <div className="trn-menu-anchor" ref={node} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className={props.className ?? 'trn-button'}
        aria-expanded={open}
        aria-haspopup={props.menu === true ? 'menu' : 'dialog'}
        title={props.title}
        aria-label={props.title}
        disabled={props.disabled}
        onClick={() => setOpen(!open)}
      >
        {props.label}
      </button>
      {open && (
        <div className="trn-popover" data-side={props.side ?? 'start'} role={props.menu === true ? 'menu' : 'dialog'} aria-label={props.title}>
          {props.children(close)}
        </div>
      )}
    </div>
  );
}

export function MenuItem(props: { children: ReactNode; current?: boolean; disabled?: boolean; onClick: () => void }): ReactElement {
  return (
    <button
      type="button"
      role={props.current === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={props.current}
      className="trn-menu-item"
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
