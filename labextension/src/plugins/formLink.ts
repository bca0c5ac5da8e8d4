/** A filled form has an address: `/lab?toolrunner-form=<tool>&toolrunner-values=<values>`. */

import { IRouter, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';

import { LINK_PATTERN, withoutLink } from '../logic/formLink';
import { CommandIDs, textArg } from '../tokens';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:form-link',
  description: 'Addresses of filled forms.',
  autoStart: true,
  optional: [IRouter],
  activate: (app: JupyterFrontEnd, router: IRouter | null): void => {
    app.commands.addCommand(CommandIDs.openFormLink, {
      describedBy: { args: { type: 'object', properties: { search: { type: 'string' } } } },
      execute: async args => {
        const search = textArg(args.search);
        if (!router || !LINK_PATTERN.test(search)) {
          return;
        }
        // Opened once: a reload must not write over what was changed since.
        const rest = withoutLink(router.current.search ?? '');
        router.navigate(router.current.path + (rest ? `?${rest}` : '') + router.current.hash, { skipRouting: true });
        await app.restored;
        await app.commands.execute(CommandIDs.openForm, { search });
      }
    });
    router?.register({ command: CommandIDs.openFormLink, pattern: LINK_PATTERN, rank: 30 });
  }
};

export default plugin;
