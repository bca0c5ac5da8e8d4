/** A list that floats at a field, in front of whatever there is. */

import { useEffect, useLayoutEffect, type RefObject } from 'react';

/** Keeps the popup at the field, and says when somebody presses beside it. */
export function usePopup(node: RefObject<HTMLElement | null>, anchor: HTMLElement | null, field: string, onLeave: () => void): void {
  useEffect(() => {
    const leave = (event: Event): void => {
      const target = event.target instanceof Node ? event.target : null;
      if (!node.current?.contains(target) && !anchor?.contains(target)) {
        onLeave();
      }
    };
    document.addEventListener('pointerdown', leave);
    return () => document.removeEventListener('pointerdown', leave);
  }, [node, anchor, onLeave]);
  useLayoutEffect(() => placeBelow(node.current, anchor?.closest(field) ?? null));
}

/** As wide as the field where that is enough, and where there is room. */
function placeBelow(popup: HTMLElement | null, anchor: Element | null): void {
  const field = anchor?.getBoundingClientRect();
  if (!popup || !field) {
    return;
  }
  const width = Math.max(260, field.width);
  const below = window.innerHeight - field.bottom;
  const up = below < 260 && field.top > below;
  popup.style.width = `${width}px`;
  popup.style.left = `${Math.max(4, Math.min(field.left, window.innerWidth - width - 4))}px`;
  popup.style.maxHeight = `${Math.min(380, (up ? field.top : below) - 8)}px`;
  popup.style.top = up ? 'auto' : `${field.bottom + 2}px`;
  popup.style.bottom = up ? `${window.innerHeight - field.top + 2}px` : 'auto';
}
