/** A run's page has an address: `/lab?toolrunner-run=<id>`, and a line of its log one that ends with `#L123`. */

import { IRouter, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';

import type { Run } from '../api/types';
import { CommandIDs, textArg } from '../tokens';

const WORD = 'toolrunner-run';

export function permalinkOf(run: Run, line?: number): string {
  const hash = line === undefined ? '' : `#L${line}`;
  return `${URLExt.join(PageConfig.getBaseUrl(), 'lab')}?${WORD}=${encodeURIComponent(run.id)}${hash}`;
}

/** The line of a log that an address ends with. */
function lineOf(hash: string): number | null {
  const found = /^#L([1-9]\d{0,9})$/.exec(hash);
  return found ? Number(found[1]) : null;
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
          const { hash } = router.current;
          const line = lineOf(hash);
          router.navigate(router.current.path + (rest ? `?${rest}` : '') + (line === null ? hash : ''), { skipRouting: true });
          await app.restored;
          await app.commands.execute(CommandIDs.openRun, { id, ...(line === null ? {} : { line }) });
        }
      }
    });
    router?.register({ command: CommandIDs.openPermalink, pattern: new RegExp(`[?&]${WORD}=`), rank: 30 });
  }
};

export default plugin;
