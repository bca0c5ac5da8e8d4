/**
 * Pages have addresses: `/lab?toolrunner-run=<id>`, a line of a log one that ends with `#L123`,
 * `/lab?toolrunner-history=<view>`, `/lab?toolrunner-queue=`, `/lab?toolrunner-workers=`, `/lab?toolrunner-schedules=`,
 * `/lab?toolrunner-batches=<number>`, `/lab?toolrunner-retention=`.
 */

import { IRouter, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs, textArg } from '../tokens';

/** Words of the address, with what they open. */
const PAGES: Record<string, (value: string, line: number | null) => [command: string, args: ReadonlyPartialJSONObject]> = {
  'toolrunner-run': (id, line) => [CommandIDs.openRun, { id, ...(line === null ? {} : { line }) }],
  'toolrunner-history': view => [CommandIDs.openHistory, { view }],
  'toolrunner-queue': () => [CommandIDs.openQueue, {}],
  'toolrunner-workers': () => [CommandIDs.openWorkers, {}],
  'toolrunner-schedules': () => [CommandIDs.openSchedules, {}],
  'toolrunner-batches': id => [CommandIDs.openBatches, id ? { id } : {}],
  'toolrunner-retention': () => [CommandIDs.openRetention, {}]
};

/** The line of a log that an address ends with. */
function lineOf(hash: string): number | null {
  const found = /^#L([1-9]\d{0,9})$/.exec(hash);
  return found ? Number(found[1]) : null;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:permalink',
  description: 'Addresses of runs, of views of the history, and of the queue.',
  autoStart: true,
  optional: [IRouter],
  activate: (app: JupyterFrontEnd, router: IRouter | null): void => {
    app.commands.addCommand(CommandIDs.openPermalink, {
      describedBy: { args: { type: 'object', properties: { search: { type: 'string' } } } },
      execute: async args => {
        const asked = new URLSearchParams(textArg(args.search));
        const found = Object.entries(PAGES).flatMap(([word, page]) => (asked.has(word) ? [{ word, page }] : []));
        if (found.length > 0 && router) {
          const query = new URLSearchParams(router.current.search ?? '');
          found.forEach(({ word }) => query.delete(word));
          const rest = query.toString();
          const { hash } = router.current;
          const line = lineOf(hash);
          router.navigate(router.current.path + (rest ? `?${rest}` : '') + (line === null ? hash : ''), { skipRouting: true });
          await app.restored;
          for (const { word, page } of found) {
            await app.commands.execute(...page(asked.get(word) ?? '', line));
          }
        }
      }
    });
    router?.register({ command: CommandIDs.openPermalink, pattern: new RegExp(`[?&](${Object.keys(PAGES).join('|')})=`), rank: 30 });
  }
};

export default plugin;
