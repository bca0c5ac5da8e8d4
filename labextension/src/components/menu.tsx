/** A button with a menu: opened and walked through by keys, closed by Escape or by looking elsewhere. */

import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';
import { createPortal } from 'react-dom';

import { trans } from '../translation';

export interface MenuEntry {
  /** What it is known by where entries come and go while the menu is open; else its place. */
  key?: string;
  label: ReactNode;
  /** What a screen reader says where the label is more than a text. */
  name?: string;
  /** Said below the label. */
  note?: string | undefined;
  icon?: ReactNode;
  /** Whether it is a mark that is on or off. */
  checked?: boolean;
  disabled?: boolean;
  title?: string | undefined;
  /** Opens beside it, with entries of its own. */
  more?: readonly MenuItem[];
  onChoose?: () => void;
}

export type MenuItem = MenuEntry | { heading: string } | 'line' | { text: ReactNode };

interface MenuProps {
  /** What the button says. */
  children: ReactNode;
  label?: string;
  className?: string;
  items: () => readonly MenuItem[];
  onOpen?: () => void;
  disabled?: boolean;
  /** Side of the button with which the menu is flush. */
  align?: 'start' | 'end';
}

function isEntry(item: MenuItem): item is MenuEntry {
  return typeof item === 'object' && 'label' in item;
}

export function MenuButton(props: MenuProps): ReactElement {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = (focus: boolean): void => {
    setOpen(false);
    if (focus) {
      anchor.current?.querySelector<HTMLElement>('button')?.focus();
    }
  };
  const toggle = (): void => {
    if (!open) {
      props.onOpen?.();
    }
    setOpen(!open);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      toggle();
    }
  };
  return (
    <div className="trn-menu-anchor" ref={anchor}>
      <button
        type="button"
        className={props.className ?? 'trn-button'}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={props.label}
        title={props.label}
        disabled={props.disabled}
        onClick={toggle}
        onKeyDown={onKeyDown}
      >
        {props.children}
      </button>
      {open && <Menu id={id} anchor={anchor.current} items={props.items()} align={props.align ?? 'start'} onClose={close} />}
    </div>
  );
}

function Menu(props: {
  id: string;
  anchor: HTMLElement | null;
  items: readonly MenuItem[];
  align: 'start' | 'end';
  onClose: (focus: boolean) => void;
}): ReactElement {
  const { anchor, onClose } = props;
  /** The entries inside of which one is. */
  const [path, setPath] = useState<readonly string[]>([]);
  const node = useRef<HTMLDivElement>(null);
  const { items, inside } = walk(props.items, path);
  useLayoutEffect(() => place(node.current, anchor, props.align));
  useEffect(() => {
    entries(node.current)[0]?.focus();
  }, [path]);
  useEffect(() => {
    const leave = (event: Event): void => {
      const target = event.target instanceof Node ? event.target : null;
      if (!anchor?.contains(target) && !node.current?.contains(target)) {
        onClose(false);
      }
    };
    document.addEventListener('pointerdown', leave);
    return () => document.removeEventListener('pointerdown', leave);
  }, [anchor, onClose]);
  const back = (): void => (inside.length > 0 ? setPath(inside.slice(0, -1)) : onClose(true));
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = entries(node.current);
    const at = all.findIndex(item => item === document.activeElement);
    const focused = all[at];
    const go = (to: number): void => all[(to + all.length) % all.length]?.focus();
    switch (event.key) {
      case 'ArrowDown':
        go(at + 1);
        break;
      case 'ArrowUp':
        go(at - 1);
        break;
      case 'Home':
        go(0);
        break;
      case 'End':
        go(-1);
        break;
      case 'Escape':
        onClose(true);
        break;
      case 'ArrowLeft':
        if (inside.length === 0) {
          return;
        }
        back();
        break;
      case 'ArrowRight':
        if (focused?.getAttribute('aria-haspopup') !== 'menu') {
          return;
        }
        focused.click();
        break;
      case 'Tab':
        onClose(false);
        return;
      default:
        if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== ' ') {
          const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)];
          rest.find(item => item.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
        }
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  // Lab's panels clip what stands in them.
  return createPortal(
    <div ref={node} id={props.id} className="trn-root trn-menu trn-menu-popup" role="menu" onKeyDown={onKeyDown}>
      {inside.length > 0 && (
        <button type="button" role="menuitem" className="trn-menu-back" onClick={back}>
          ‹ {trans.__('Back')}
        </button>
      )}
      {items.map((item, index) => {
        const key = keyOf(item, index);
        return draw(item, key, entry => (entry.more ? setPath([...inside, key]) : choose(entry)));
      })}
    </div>,
    document.body
  );

  function choose(entry: MenuEntry): void {
    onClose(true);
    entry.onChoose?.();
  }
}

function keyOf(item: MenuItem, index: number): string {
  return isEntry(item) && item.key !== undefined ? item.key : `at ${index}`;
}

/** As far along the path as there still are entries. */
function walk(all: readonly MenuItem[], path: readonly string[]): { items: readonly MenuItem[]; inside: readonly string[] } {
  let items = all;
  const inside: string[] = [];
  for (const key of path) {
    const found = items.find((item, index) => keyOf(item, index) === key);
    if (!found || !isEntry(found) || !found.more) {
      break;
    }
    items = found.more;
    inside.push(key);
  }
  return { items, inside };
}

function draw(item: MenuItem, key: string, onChoose: (entry: MenuEntry) => void): ReactElement {
  if (item === 'line') {
    return <hr key={key} />;
  }
  if ('heading' in item) {
    return (
      <p key={key} className="trn-menu-heading" role="presentation">
        {item.heading}
      </p>
    );
  }
  if ('text' in item) {
    return (
      <p key={key} className="trn-menu-text" role="presentation">
        {item.text}
      </p>
    );
  }
  return (
    <button
      key={key}
      type="button"
      role={item.checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
      aria-checked={item.checked}
      aria-haspopup={item.more ? 'menu' : undefined}
      aria-disabled={item.disabled || undefined}
      aria-label={item.name}
      title={item.title}
      tabIndex={-1}
      onClick={() => {
        if (!item.disabled) {
          onChoose(item);
        }
      }}
    >
      <span className="trn-menu-mark" aria-hidden="true">
        {item.checked ? '✓' : item.icon}
      </span>
      <span className="trn-menu-label">
        {item.label}
        {item.note !== undefined && <span className="trn-menu-note">{item.note}</span>}
      </span>
      {item.more && (
        <span className="trn-menu-mark" aria-hidden="true">
          ›
        </span>
      )}
    </button>
  );
}

function entries(node: HTMLElement | null): HTMLElement[] {
  return [...(node?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
}

/** Where there is room: a panel that scrolls would cut off what is placed inside of it. */
function place(menu: HTMLElement | null, anchor: HTMLElement | null, align: 'start' | 'end'): void {
  if (!menu || !anchor) {
    return;
  }
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = align === 'start' ? box.left : box.right - width;
  const below = window.innerHeight - box.bottom;
  const up = below < height + 8 && box.top > below;
  menu.style.left = `${Math.max(4, Math.min(left, window.innerWidth - width - 4))}px`;
  menu.style.maxHeight = `${Math.max(80, (up ? box.top : below) - 8)}px`;
  menu.style.top = up ? 'auto' : `${box.bottom + 2}px`;
  menu.style.bottom = up ? `${window.innerHeight - box.top + 2}px` : 'auto';
}
