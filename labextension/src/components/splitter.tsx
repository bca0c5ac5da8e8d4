/** The line between list and form, moved by pointer or arrow keys. */

import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';

import { trans } from '../translation';

const STEP = 24;
const LEAST = 90;

export function Splitter(): ReactElement {
  const node = useRef<HTMLDivElement>(null);
  /** Of the panel that the list takes, in percent. */
  const [share, setShare] = useState(34);
  const resize = (height: number): void => {
    const panel = node.current?.parentElement;
    if (panel) {
      const most = panel.clientHeight - 2 * LEAST;
      const given = Math.max(LEAST, Math.min(height, most));
      panel.style.setProperty('--trn-list-height', `${given}px`);
      setShare(Math.round((100 * given) / panel.clientHeight));
    }
  };
  const listHeight = (): number => node.current?.previousElementSibling?.clientHeight ?? 0;
  const onPointerDown = (event: PointerEvent): void => {
    event.preventDefault();
    const start = event.clientY - listHeight();
    const target = event.currentTarget;
    target.setPointerCapture(event.pointerId);
    const move = (moved: Event): void => resize((moved as globalThis.PointerEvent).clientY - start);
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', () => target.removeEventListener('pointermove', move), { once: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      resize(listHeight() + (event.key === 'ArrowUp' ? -STEP : STEP));
    }
  };
  return (
    <div
      ref={node}
      className="trn-splitter"
      role="separator"
      aria-orientation="horizontal"
      aria-label={trans.__('Height of the list')}
      aria-valuenow={share}
      aria-valuemin={0}
      aria-valuemax={100}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}
