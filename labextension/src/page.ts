/** A page in the main area: its frame, its focus, and what is said when it fails. */

import { ReactWidget } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { createElement, type ReactElement } from 'react';

import { Boundary } from './components/boundary';
import { SettingsContext } from './components/settings';
import type { SettingsModel } from './models/settings';

export interface PageOptions {
  id: string;
  icon: LabIcon;
  label: string;
  settings: SettingsModel;
  draw: () => ReactElement;
}

export class Page extends ReactWidget {
  /** Whether showing the page the next time leaves the focus where it is. */
  keepFocus = false;
  private readonly _settings: SettingsModel;
  private readonly _draw: () => ReactElement;

  constructor(options: PageOptions) {
    super();
    this._settings = options.settings;
    this._draw = options.draw;
    this.id = options.id;
    this.addClass('trn-root');
    this.addClass('trn-main');
    this.node.tabIndex = -1;
    this.title.closable = true;
    this.title.icon = options.icon;
    this.title.label = options.label;
  }

  protected override render(): ReactElement {
    return framed(this._settings, this._draw());
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    // Lab takes for current what had the focus last, so the page has it for a moment at least.
    const before = document.activeElement;
    this.node.focus();
    if (this.keepFocus && before instanceof HTMLElement) {
      before.focus();
    }
    this.keepFocus = false;
  }
}

/** With the settings, and with words in its place when it fails. */
export function framed(settings: SettingsModel, content: ReactElement): ReactElement {
  return createElement(
    SettingsContext.Provider,
    { value: settings },
    createElement(Boundary, { page: true, children: content })
  );
}
