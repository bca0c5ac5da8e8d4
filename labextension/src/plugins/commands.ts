/** Keys that walk through lists, and the page that shows all keys. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, ReactWidget, showDialog } from '@jupyterlab/apputils';
import { keyboardIcon } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { createElement } from 'react';

import { later } from '../components/boundary';
import { keysOf } from '../logic/keys';
import { framed } from '../page';
import { CommandIDs, IToolRunner } from '../tokens';
import { trans } from '../translation';

const KeysTable = later(async () => (await import('../components/keysTable')).KeysTable);

/** Rows carry what they are about; a list is what holds them. */
const LIST = '[data-list]';
const ROWS = '[data-run], [data-tool], [data-artifact]';
const FOCUSABLE = 'button, a[href], [tabindex]:not([tabindex="-1"])';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:commands',
  description: 'Menus and keys of the commands, keys in lists, and the list of all keys.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, runner: IToolRunner, palette: ICommandPalette | null): void => {
    const { commands } = app;
    const none = { args: { type: 'object', properties: {} } } as const;
    commands.addCommand(CommandIDs.nextRow, {
      label: trans.__('Next in the List'),
      caption: trans.__('Move to the next row of a list'),
      describedBy: none,
      execute: () => step(1)
    });
    commands.addCommand(CommandIDs.previousRow, {
      label: trans.__('Previous in the List'),
      caption: trans.__('Move to the previous row of a list'),
      describedBy: none,
      execute: () => step(-1)
    });
    commands.addCommand(CommandIDs.selectRow, {
      label: trans.__('Select in the List'),
      caption: trans.__('Select the row with the focus, or take it out of the selection'),
      describedBy: none,
      execute: () => focusedRow()?.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click()
    });
    commands.addCommand(CommandIDs.editRow, {
      label: trans.__('Edit and Run Again from the List'),
      caption: trans.__('Open the form with the values of the run that has the focus'),
      describedBy: none,
      execute: async () => {
        const id = focusedRow()?.dataset.run;
        if (id !== undefined) {
          await commands.execute(CommandIDs.editRun, { id });
        }
      }
    });
    commands.addCommand(CommandIDs.search, {
      label: trans.__('Search Here'),
      caption: trans.__('Go to the search of the page or of the sidebar'),
      describedBy: none,
      execute: () => {
        const field = document.activeElement?.closest('.trn-root')?.querySelector<HTMLInputElement>('input[type="search"]');
        field?.focus();
        field?.select();
      }
    });
    commands.addCommand(CommandIDs.showKeys, {
      label: trans.__('Keys of Tools and Runs'),
      caption: trans.__('Show all keys, with what they do'),
      icon: keyboardIcon,
      describedBy: none,
      execute: async () => {
        const body = ReactWidget.create(framed(runner, createElement(KeysTable, { groups: keysOf(commands, CommandRegistry.formatKeystroke) })));
        body.addClass('trn-root');
        body.addClass('trn-keys');
        // Longer than some screens: whoever has no mouse scrolls it too.
        body.node.tabIndex = 0;
        body.node.setAttribute('role', 'region');
        body.node.setAttribute('aria-label', trans.__('Keys'));
        await showDialog({
          title: trans.__('Keys'),
          body,
          buttons: [
            ...(commands.hasCommand('settingeditor:open')
              ? [Dialog.cancelButton({ label: trans.__('Change keys'), actions: ['change'] })]
              : []),
            Dialog.okButton({ label: trans.__('Close') })
          ]
        }).then(result => {
          if (result.button.actions.includes('change')) {
            void commands.execute('settingeditor:open', { query: 'Keyboard Shortcuts' });
          }
        });
      }
    });
    palette?.addItem({ command: CommandIDs.showKeys, category: trans.__('Tools') });
    palette?.addItem({ command: CommandIDs.openSettings, category: trans.__('Tools') });
  }
};

function focusedRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>(ROWS) ?? null;
}

function step(by: 1 | -1): void {
  const list = document.activeElement?.closest(LIST);
  if (!list) {
    return;
  }
  if (list.getAttribute('role') === 'tree') {
    // A tree keeps the focus and moves its active row itself.
    list.dispatchEvent(new KeyboardEvent('keydown', { key: by === 1 ? 'ArrowDown' : 'ArrowUp', bubbles: true }));
    return;
  }
  const rows = [...list.querySelectorAll<HTMLElement>(ROWS)];
  const focused = focusedRow();
  const at = focused ? rows.indexOf(focused) : -1;
  const row = focused ? rows[at + by] : rows[by === 1 ? 0 : rows.length - 1];
  const target = row?.matches(FOCUSABLE) ? row : row?.querySelector<HTMLElement>(FOCUSABLE);
  target?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

export default plugin;
