/** Which keys there are: read from what is registered, so that changed keys show as they are. */

import type { CommandRegistry } from '@lumino/commands';

export interface KeyLine {
  command: string;
  label: string;
  caption: string;
  /** Each way to call the command, as on the keyboard: `Ctrl+Enter`, `G H`. */
  keys: string[];
}

export interface KeyGroups {
  everywhere: KeyLine[];
  form: KeyLine[];
  views: KeyLine[];
  lists: KeyLine[];
}

const PREFIX = 'toolrunner:';

/** `format` writes keystrokes as this machine's keyboard has them. */
export function keysOf(
  commands: Pick<CommandRegistry, 'keyBindings' | 'label' | 'caption' | 'hasCommand'>,
  format: (keys: readonly string[]) => string
): KeyGroups {
  const groups: KeyGroups = { everywhere: [], form: [], views: [], lists: [] };
  for (const binding of commands.keyBindings) {
    if (!binding.command.startsWith(PREFIX) || !commands.hasCommand(binding.command)) {
      continue;
    }
    const group = groups[placeOf(binding.selector)];
    const keys = asOnTheKeyboard(format(binding.keys));
    const known = group.find(line => line.command === binding.command);
    if (known) {
      known.keys.push(keys);
    } else {
      const { command, args } = binding;
      group.push({ command, label: commands.label(command, args), caption: commands.caption(command, args), keys: [keys] });
    }
  }
  return groups;
}

/** `Shift+/` is known as `?`; one key after the other is written so. */
function asOnTheKeyboard(keys: string): string {
  return keys.replace('Shift+/', '?').replaceAll(', ', ' ');
}

function placeOf(selector: string): keyof KeyGroups {
  if (selector === 'body') {
    return 'everywhere';
  }
  if (selector.includes('form')) {
    return 'form';
  }
  return selector.startsWith('[data-list]') ? 'lists' : 'views';
}
