/** A page in the main area: its frame, its focus, and what is said when it fails. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ReactWidget } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { TabPanel } from '@lumino/widgets';
import { createElement, type ReactElement } from 'react';

import { Banner } from './components/banner';
import { Boundary } from './components/boundary';
import { SettingsContext } from './components/settings';
import type { HealthModel } from './models/health';
import type { Model } from './models/model';
import type { SettingsModel } from './models/settings';

export interface PageOptions {
  id: string;
  icon: LabIcon;
  label: string;
  settings: SettingsModel;
  health: HealthModel;
  draw: () => ReactElement;
}

export class Page extends ReactWidget {
  /** Whether showing the page the next time leaves the focus where it is. */
  keepFocus = false;
  private readonly _window: Window;
  private readonly _draw: () => ReactElement;

  constructor(options: PageOptions) {
    super();
    this._window = options;
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
    return framed(this._window, this._draw());
  }

  /** A page that was closed is gone, and made anew when it is asked for; Lumino itself would only take it out of sight. */
  protected override onCloseRequest(message: Message): void {
    super.onCloseRequest(message);
    this.dispose();
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

/** A page that ends together with what it shows. */
export class ModelPage<T extends Model> extends Page {
  constructor(
    readonly model: T,
    options: PageOptions
  ) {
    super(options);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.dispose();
      super.dispose();
    }
  }
}

/** Put a page where there is room: Jupyter Notebook has one document in its main area, and room below it. */
export function addPage(app: JupyterFrontEnd, page: Page, options: { type: string; activate?: boolean }): void {
  app.shell.add(page, app.name === 'Jupyter Notebook' ? 'down' : 'main', options);
}

/** Bring a page to the front. Notebook's shell opens the area below the document, and leaves its tabs as they are. */
export function showPage(app: JupyterFrontEnd, page: Page): void {
  const tabs = page.parent?.parent;
  if (tabs instanceof TabPanel) {
    tabs.currentWidget = page;
  }
  app.shell.activateById(page.id);
}

/** What every page and panel of a browser window shares. */
type Window = Pick<PageOptions, 'settings' | 'health'>;

/** With the settings, below what is to be known first, and with words in its place when it fails. */
export function framed({ settings, health }: Window, content: ReactElement): ReactElement {
  return createElement(
    SettingsContext.Provider,
    { value: settings },
    createElement(Banner, { health }),
    createElement(Boundary, { page: true, children: content })
  );
}
