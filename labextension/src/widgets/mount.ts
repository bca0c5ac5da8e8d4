/** A view into an element. Loaded with the first of them. */

import '../../style/index.css';

import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

import { CellView } from '../components/cell/view';
import type { Bond } from './bond';
import { theSurroundings } from './surroundings';

/** Returns what takes it away again. */
export function mount(node: HTMLElement, bond: Bond): () => void {
  const frame = document.createElement('div');
  frame.className = 'trn-root trn-cell';
  // Lab's keys of a notebook would take Enter and letters away from our controls, and are meant for whatever has the focus:
  // that must bear the mark itself.
  frame.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement) {
      target.dataset.lmSuppressShortcuts = 'true';
    }
  });
  node.appendChild(frame);
  const root = createRoot(frame);
  root.render(createElement(CellView, { bond, surroundings: theSurroundings() }));
  return () => {
    root.unmount();
    frame.remove();
  };
}
