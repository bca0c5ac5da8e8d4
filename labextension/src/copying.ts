/** What leaves a page: into the clipboard, or as a file. */

import { Clipboard, Notification } from '@jupyterlab/apputils';

import type { ApiClient } from './api/client';
import type { Preset, RunId } from './api/types';
import type { CopyKind, FormActions } from './components/formFrame';
import type { CopyForm } from './components/runPage';
import { complain } from './complaint';
import { labUrl } from './links';
import { stringifyExact } from './logic/exact';
import { linkToForm, linkToPreset, LONGEST_LINK } from './logic/formLink';
import { asCommand, asPython, asRequest, type Call } from './logic/snippets';
import type { FormModel } from './models/form';
import { trans } from './translation';

export function copy(text: string, said: string): void {
  Clipboard.copyToSystem(text);
  Notification.info(said, { autoClose: 2_000 });
}

/** What is shown of a run may be rounded or abridged; what is copied makes the same run. */
export async function copyRunAs(id: RunId, form: CopyForm, client: ApiClient): Promise<void> {
  try {
    copy(snippetOf(await client.exactRun(id), form, client), trans.__('Copied.'));
  } catch (error) {
    complain(error);
  }
}

export function download(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  document.body.appendChild(link);
  link.click();
  link.remove();
}

/** What the head and the foot of a form can do. */
export function formActionsOf(client: ApiClient, openRun: (id: RunId) => void): FormActions {
  return {
    openRun,
    copy: (form, kind) => copyForm(form, kind, client),
    copyPresetLink: preset => copy(linkToPreset(labUrl(), preset.tool, preset.id), presetLinkSaid(preset)),
    downloadPreset: saveAsFile
  };
}

function copyForm(form: FormModel, kind: CopyKind, client: ApiClient): void {
  if (!form.mayGiveAway()) {
    return;
  }
  if (kind !== 'link') {
    copy(snippetOf({ tool: form.tool.name, params: form.openValues, ...afterOf(form) }, kind, client), trans.__('Copied.'));
    return;
  }
  const link = linkToForm(labUrl(), form.tool.name, form.openValues);
  if (link.length <= LONGEST_LINK) {
    copy(link, trans.__('The link was copied.'));
    return;
  }
  form.fail({
    message: trans.__('A link with these values would have %1 characters; %2 are what browsers and servers take.', link.length, LONGEST_LINK),
    hint: trans.__('Save them as a preset, share it, and copy the link to that from “Change presets”.'),
    offline: false,
    missing: false
  });
}

function afterOf({ after }: FormModel): Pick<Call, 'awaits'> {
  return after.runs.length > 0 ? { awaits: { runs: after.runs.map(run => String(run.number)), rule: after.rule } } : {};
}

function presetLinkSaid(preset: Preset): string {
  return preset.shared
    ? trans.__('The link was copied.')
    : trans.__('The link was copied. It works for you alone until the preset is shared.');
}

function snippetOf(call: Call, form: CopyForm, client: ApiClient): string {
  switch (form) {
    case 'cli':
      return asCommand(call);
    case 'python':
      return asPython(call);
    case 'rest':
      return asRequest(call, client.runsUrl);
  }
}

function saveAsFile(preset: Preset): void {
  const link = document.createElement('a');
  const url = URL.createObjectURL(new Blob([`${stringifyExact(preset.params, 2)}\n`], { type: 'application/json' }));
  link.href = url;
  link.download = `${preset.name.replaceAll(/[/\\\0]/g, '_')}.json`;
  document.body.appendChild(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
