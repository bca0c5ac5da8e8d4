/** A run's page has an address: `/lab?toolrunner-run=<id>`. */

import { IRouter, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';

import type { Run } from '../api/types';
import { CommandIDs, textArg } from '../tokens';

const WORD = 'toolrunner-run';

export function permalinkOf(run: Run): string {
  return `${URLExt.join(PageConfig.getBaseUrl(), 'lab')}?${WORD}=${encodeURIComponent(run.id)}`;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:permalink',
  description: 'Addresses of runs.',
  autoStart: true,
  optional: [IRouter],
  activate: (app: JupyterFrontEnd, router: IRouter | null): void => {
    app.commands.addCommand(CommandIDs.openPermalink, {
      describedBy: { args: { type: 'object', properties: { search: { type: 'string' } } } },
      execute: async args => {
        const id = new URLSearchParams(textArg(args.search)).get(WORD);
        if (id !== null && router) {
          const query = new URLSearchParams(router.current.search ?? '');
          query.delete(WORD);
          const rest = query.toString();
          router.navigate(router.current.path + (rest ? `?${rest}` : '') + router.current.hash, { skipRouting: true });
          await app.restored;
          await app.commands.execute(CommandIDs.openRun, { id });
        }
      }
    });
    router?.register({ command: CommandIDs.openPermalink, pattern: new RegExp(`[?&]${WORD}=`), rank: 30 });
  }
};

export default plugin;
