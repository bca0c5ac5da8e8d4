/** The presets of a form: its menu, and the line in which one is saved, renamed or deleted. */

import { useState, type FormEvent, type ReactElement } from 'react';

import type { Preset } from '../api/types';
import type { FormModel } from '../models/form';
import { useModel } from '../models/model';
import { trans } from '../translation';
import { Button, FailureNotice, LinkButton } from './basics';
import { CaretIcon } from './icons';
import { MenuButton, type MenuEntry, type MenuItem } from './menu';

/** What the line below the buttons is for. */
export type PresetTask =
  | { kind: 'save'; name: string; shared: boolean }
  | { kind: 'rename'; preset: Preset }
  | { kind: 'delete'; preset: Preset }
  | { kind: 'deleted'; preset: Preset };

interface PresetActions {
  /** An address that opens the form with the preset. */
  copyLink: (preset: Preset) => void;
  download: (preset: Preset) => void;
}

export function PresetMenu(props: { form: FormModel; actions: PresetActions; onTask: (task: PresetTask) => void }): ReactElement {
  const { form } = props;
  const { presets } = form;
  useModel(presets);
  return (
    <MenuButton items={() => itemsOf(form, props.actions, props.onTask)} onOpen={() => void presets.refresh()}>
      <span>{trans.__('Presets')}</span>
      <CaretIcon open />
    </MenuButton>
  );
}

function itemsOf(form: FormModel, actions: PresetActions, onTask: (task: PresetTask) => void): MenuItem[] {
  const { presets } = form;
  const all = presets.presets;
  const items: MenuItem[] = [];
  if (!presets.loaded) {
    items.push({ text: presets.failure ? `${presets.failure.message} ${presets.failure.hint ?? ''}` : trans.__('Loading presets') });
  } else if (all.length === 0) {
    items.push({ text: trans.__('No presets yet. Save the values that you use often.') });
  }
  items.push(...all.map(preset => choiceOf(form, preset)));
  const used = form.origin?.kind === 'preset' ? presets.find(form.origin.id) : undefined;
  items.push('line', {
    label: trans.__('Save as a preset…'),
    onChoose: () => onTask({ kind: 'save', name: used?.mine ? used.name : '', shared: used?.mine === true && used.shared })
  });
  if (all.length > 0) {
    items.push({
      key: 'change',
      label: trans.__('Change presets'),
      more: all.map(preset => ({ key: preset.id, label: preset.name, note: noteOf(preset), more: changesOf(form, preset, actions, onTask) }))
    });
  }
  return items;
}

function choiceOf(form: FormModel, preset: Preset): MenuEntry {
  const chosen = form.origin?.kind === 'preset' && form.origin.id === preset.id;
  const changed = chosen && form.isChangedSince;
  return {
    key: preset.id,
    label: preset.name,
    icon: chosen ? (changed ? '◦' : '•') : undefined,
    note: preset.problem ?? noteOf(preset, changed),
    disabled: Boolean(preset.problem),
    title: preset.path ?? undefined,
    onChoose: () => form.usePreset(preset)
  };
}

function noteOf(preset: Preset, changed = false): string | undefined {
  const whose = preset.with_tool
    ? trans.__('comes with the tool')
    : preset.path
      ? trans.__('a file')
      : preset.mine
        ? preset.shared
          ? trans.__('shared with the team')
          : ''
        : trans.__('of %1', preset.owner);
  const parts = [changed ? trans.__('changed since') : '', whose, preset.is_default ? trans.__('the form opens with it') : ''].filter(part => part !== '');
  return parts.length > 0 ? parts.join(' · ') : undefined;
}

function changesOf(form: FormModel, preset: Preset, actions: PresetActions, onTask: (task: PresetTask) => void): MenuItem[] {
  const { presets } = form;
  const items: MenuItem[] = [
    {
      label: trans.__('Open the form with it'),
      checked: preset.is_default,
      disabled: Boolean(preset.problem),
      onChoose: () => void presets.openWith(preset.is_default ? null : preset)
    }
  ];
  if (preset.mine) {
    items.push({
      label: trans.__('Share with the team'),
      checked: preset.shared,
      onChoose: () => void presets.share(preset, !preset.shared)
    });
  }
  items.push(
    { label: trans.__('Copy a link to it'), onChoose: () => actions.copyLink(preset) },
    {
      label: trans.__('Download as a file'),
      title: trans.__('In templates/presets/%1 beside the tool it is everybody’s', form.tool.short_name),
      onChoose: () => actions.download(preset)
    }
  );
  if (preset.mine) {
    items.push(
      { label: trans.__('Rename…'), onChoose: () => onTask({ kind: 'rename', preset }) },
      { label: trans.__('Delete…'), onChoose: () => onTask({ kind: 'delete', preset }) }
    );
  } else {
    items.push(
      {
        label: trans.__('Save a copy…'),
        disabled: Boolean(preset.problem),
        onChoose: () => {
          form.usePreset(preset);
          onTask({ kind: 'save', name: preset.name, shared: false });
        }
      },
      { text: whoChanges(preset) }
    );
  }
  return items;
}

function whoChanges(preset: Preset): string {
  if (preset.with_tool) {
    return trans.__('It comes with the tool and stays as it is.');
  }
  return preset.path ? trans.__('This is a file: %1', preset.path) : trans.__('Only %1 can change it.', preset.owner);
}

/** Asks for what a preset needs, in the form itself: nothing is covered. */
export function PresetLine(props: { form: FormModel; task: PresetTask; onDone: (next: PresetTask | null) => void }): ReactElement {
  const { form, task, onDone } = props;
  const { presets } = form;
  useModel(presets);
  const close = (): void => {
    presets.forgetFailure();
    onDone(null);
  };
  return (
    <div className="trn-preset-line" onKeyDown={event => event.key === 'Escape' && close()}>
      {task.kind === 'save' && <SaveLine form={form} name={task.name} shared={task.shared} onClose={close} />}
      {task.kind === 'rename' && <RenameLine form={form} preset={task.preset} onClose={close} />}
      {task.kind === 'delete' && (
        <p role="alertdialog" aria-label={trans.__('Delete the preset')}>
          {task.preset.shared
            ? trans.__('Delete the preset “%1”? It goes for the whole team.', task.preset.name)
            : trans.__('Delete the preset “%1”?', task.preset.name)}{' '}
          <span className="trn-line-buttons">
            <Button
              primary
              onClick={() => void presets.delete(task.preset).then(gone => onDone(gone ? { kind: 'deleted', preset: task.preset } : task))}
            >
              {trans.__('Delete')}
            </Button>
            <Button autoFocus onClick={close}>
              {trans.__('Keep it')}
            </Button>
          </span>
        </p>
      )}
      {task.kind === 'deleted' && (
        <p role="status">
          {trans.__('“%1” was deleted.', task.preset.name)}{' '}
          <LinkButton onClick={() => void presets.restore(task.preset).then(close)}>{trans.__('Undo')}</LinkButton>{' '}
          <LinkButton onClick={close}>{trans.__('Close')}</LinkButton>
        </p>
      )}
      {presets.failure && <FailureNotice failure={presets.failure} kept={trans.__('Your values are kept.')} />}
    </div>
  );
}

function SaveLine(props: { form: FormModel; name: string; shared: boolean; onClose: () => void }): ReactElement {
  const { form, onClose } = props;
  const [name, setName] = useState(props.name);
  const [shared, setShared] = useState(props.shared);
  const [saving, setSaving] = useState(false);
  const replaces = form.presets.own(name) !== undefined;
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.trim() === '' || saving || !form.mayGiveAway()) {
      return;
    }
    setSaving(true);
    const saved = await form.presets.save(name, form.openValues, shared);
    setSaving(false);
    if (saved) {
      form.nameOrigin(saved);
      onClose();
    }
  };
  return (
    <form onSubmit={event => void save(event)}>
      <NameInput label={trans.__('Name of the preset')} value={name} onChange={setName} />
      <label className="trn-check-label">
        <input type="checkbox" className="trn-check" checked={shared} onChange={event => setShared(event.currentTarget.checked)} />
        <span>{trans.__('Share with the team')}</span>
      </label>
      <span className="trn-line-buttons">
        <button type="submit" className="trn-button trn-primary" aria-disabled={name.trim() === '' || saving || undefined}>
          <span>{replaces ? trans.__('Replace it') : trans.__('Save')}</span>
        </button>
        <Button onClick={onClose}>{trans.__('Cancel')}</Button>
      </span>
      {replaces && <p className="trn-help">{trans.__('You have a preset of this name; it gets these values.')}</p>}
    </form>
  );
}

function RenameLine(props: { form: FormModel; preset: Preset; onClose: () => void }): ReactElement {
  const { form, preset, onClose } = props;
  const [name, setName] = useState(preset.name);
  const rename = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.trim() === '') {
      return;
    }
    const renamed = await form.presets.rename(preset, name);
    if (renamed) {
      if (form.origin?.kind === 'preset' && form.origin.id === preset.id) {
        form.nameOrigin(renamed);
      }
      onClose();
    }
  };
  return (
    <form onSubmit={event => void rename(event)}>
      <NameInput label={trans.__('New name of the preset “%1”', preset.name)} value={name} onChange={setName} />
      <span className="trn-line-buttons">
        <button type="submit" className="trn-button trn-primary" aria-disabled={name.trim() === '' || undefined}>
          <span>{trans.__('Rename')}</span>
        </button>
        <Button onClick={onClose}>{trans.__('Cancel')}</Button>
      </span>
    </form>
  );
}

function NameInput(props: { label: string; value: string; onChange: (value: string) => void }): ReactElement {
  return (
    <label className="trn-name-input">
      <span>{props.label}</span>
      <input
        className="trn-input"
        type="text"
        value={props.value}
        maxLength={100}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        onFocus={event => event.currentTarget.select()}
        onChange={event => props.onChange(event.currentTarget.value)}
      />
    </label>
  );
}
