/** Files of the server in Lab: only what lies under its root can be opened. */

import { PageConfig, PathExt } from '@jupyterlab/coreutils';
import type { CommandRegistry } from '@lumino/commands';

import { isObject } from './logic/json';

function serverRoot(): string {
  return PageConfig.getOption('serverRoot').replace(/\/+$/, '');
}

/** The path for Lab's file browser of a path on the server's disk; null where it is outside. */
export function contentsPath(path: string): string | null {
  const root = serverRoot();
  return root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : null;
}

/** The path on the server's disk of a path in Lab's file browser. */
export function diskPath(path: string): string {
  const local = path.includes(':') ? path.slice(path.indexOf(':') + 1) : path;
  // Lab's join takes the first slash away.
  return `/${PathExt.join(serverRoot(), local).replace(/^\/+/, '')}`;
}

export async function openFile(commands: CommandRegistry, path: string, line: number | null): Promise<void> {
  const local = contentsPath(path);
  if (local === null) {
    return;
  }
  const widget: unknown = await commands.execute('docmanager:open', { path: local, factory: 'Editor' });
  if (line !== null && isObject(widget) && isObject(widget.context)) {
    await widget.context.ready;
    const editor = isObject(widget.content) ? widget.content.editor : null;
    if (hasCursor(editor)) {
      editor.setCursorPosition({ line: line - 1, column: 0 });
    }
  }
}

interface Cursor {
  setCursorPosition(position: { line: number; column: number }): void;
}

function hasCursor(editor: unknown): editor is Cursor {
  return typeof editor === 'object' && editor !== null && 'setCursorPosition' in editor;
}
