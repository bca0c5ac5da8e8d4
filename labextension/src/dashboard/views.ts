/** Puts our views and charts where the page has their still pictures. Loaded with the first of them. */

import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

import { Boundary } from '../components/boundary';
import { Chart } from '../previews/chart';
import { mount } from '../widgets/mount';
import { readState } from '../widgets/viewState';
import { AddressBond } from './addressBond';
import { learnLanguage } from './language';

export async function enliven(baseUrl: string): Promise<void> {
  await learnLanguage(baseUrl);
  document.querySelectorAll<HTMLElement>('.trn-view').forEach((node, number) => {
    const state = readState(parsed(node.dataset.view));
    if (state) {
      node.replaceChildren();
      mount(node, new AddressBond(`${state.kind}${number || ''}`, state));
    }
  });
  document.querySelectorAll<HTMLElement>('.trn-chart').forEach(node => {
    const { spec = '', type = '' } = node.dataset;
    node.replaceChildren();
    node.classList.add('trn-root');
    createRoot(node).render(createElement(Boundary, { children: createElement(Chart, { chart: spec, type, title: document.title }) }));
  });
}

function parsed(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
