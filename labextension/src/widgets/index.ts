/** Forms, runs and lists in notebooks and dashboards: an extension of its own, for places without Lab's own pages. */

import { IJupyterWidgetRegistry } from '@jupyter-widgets/base';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator } from '@jupyterlab/translation';

import { VERSION } from '../api/version';
import { setTranslator } from '../translation';
import { OutputView } from './output';
import { place } from './place';
import { MIME_TYPE, MODULE } from './viewState';

/** Before the renderer of ipywidgets, which shows an error where the kernel's model is gone. */
const RANK = -20;

/** After the start of the page, which has better things to do. */
const AHEAD_MS = 1000;

/** What a first form needs is there before it is asked for: it is large, and read while nobody waits. */
function loadAhead(): void {
  const load = (): void => void Promise.all([loadModels(), import('../components/form/toolForm')]);
  // Not in every browser.
  const idle = (window as Partial<Window>).requestIdleCallback?.bind(window) ?? window.setTimeout;
  window.setTimeout(() => idle(load), AHEAD_MS);
}

/** Whoever asks for the models is about to show one. */
function loadModels(): Promise<typeof import('./models')> {
  void import('./mount');
  return import('./models');
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner-widgets:plugin',
  description: 'Tools in notebooks and dashboards: ToolForm, RunView, History, Results.',
  autoStart: true,
  optional: [IJupyterWidgetRegistry, IRenderMimeRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    registry: IJupyterWidgetRegistry | null,
    rendermime: IRenderMimeRegistry | null,
    translator: ITranslator | null
  ): void => {
    // Voilà's translator has neither texts nor a language.
    if ((translator as Partial<ITranslator> | null)?.languageCode === undefined) {
      place.ready = import('./language').then(({ speakAsBrowser }) => speakAsBrowser());
    } else if (translator) {
      setTranslator(translator);
    }
    Object.assign(place, { commands: app.commands, rendermime });
    void app.restored.then(loadAhead);
    registry?.registerWidget({ name: MODULE, version: VERSION, exports: loadModels });
    rendermime?.addFactory({ safe: false, mimeTypes: [MIME_TYPE], defaultRank: RANK, createRenderer: () => new OutputView() }, RANK);
  }
};

export default plugin;
