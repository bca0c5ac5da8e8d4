/** Views that a person has saved: load, save, rename, delete, choose the one to begin with. */

import { useState, type ReactElement } from 'react';

import type { HistoryModel } from '../../models/history';
import { useModel } from '../../models/model';
import { LONGEST_NAME, type SavedViewsModel } from '../../models/savedViews';
import { trans } from '../../translation';
import { IconButton } from '../basics';
import { CloseIcon, EditIcon, PinIcon } from '../icons';
import { Popover } from './popover';

export function SavedViews(props: { model: HistoryModel; views: SavedViewsModel; copyLink: () => void }): ReactElement {
  const { views } = props;
  useModel(views);
  return (
    <Popover label={trans.__('Views')} title={trans.__('Saved views')} side="end">
      {close => <ViewList {...props} close={close} />}
    </Popover>
  );
}

function ViewList(props: { model: HistoryModel; views: SavedViewsModel; copyLink: () => void; close: () => void }): ReactElement {
  const { model, views, close } = props;
  const [name, setName] = useState('');
  const [renamed, setRenamed] = useState<string | null>(null);
  const [newName, setNewName] = useState('');
  return (
    <>
      {views.views.length === 0 && <p className="trn-quiet trn-popover-word">{trans.__('No saved view yet. Save what you see under a name.')}</p>}
      <ul className="trn-popover-list">
        {views.views.map(view => (
          <li key={view.name} className="trn-view-row">
            {renamed === view.name ? (
              <form
                className="trn-view-name"
                onSubmit={event => {
                  event.preventDefault();
                  void views.rename(view.name, newName || view.name);
                  setRenamed(null);
                }}
              >
                <input className="trn-input" autoFocus maxLength={LONGEST_NAME} aria-label={trans.__('New name')} value={newName} onChange={event => setNewName(event.currentTarget.value)} />
              </form>
            ) : (
              <button
                type="button"
                className="trn-menu-item trn-grow trn-cut"
                onClick={() => {
                  model.load(view.query);
                  close();
                }}
              >
                {view.name}
              </button>
            )}
            <IconButton label={trans.__('Open History with %1', view.name)} pressed={views.default?.name === view.name} onClick={() => void views.setDefault(views.default?.name === view.name ? null : view.name)}>
              <PinIcon />
            </IconButton>
            <IconButton
              label={trans.__('Rename %1', view.name)}
              onClick={() => {
                setRenamed(view.name);
                setNewName(view.name);
              }}
            >
              <EditIcon />
            </IconButton>
            <IconButton label={trans.__('Delete %1', view.name)} onClick={() => void views.delete(view.name)}>
              <CloseIcon />
            </IconButton>
          </li>
        ))}
      </ul>
      <form
        className="trn-popover-form"
        onSubmit={event => {
          event.preventDefault();
          if (name.trim() !== '') {
            void views.save(name, model.query);
            setName('');
          }
        }}
      >
        <label>
          {trans.__('Save this view as')}
          <input className="trn-input" maxLength={LONGEST_NAME} value={name} onChange={event => setName(event.currentTarget.value)} />
        </label>
        <button type="submit" className="trn-button" disabled={name.trim() === ''}>
          {trans.__('Save')}
        </button>
      </form>
      <MenuLink
        onClick={() => {
          props.copyLink();
          close();
        }}
      />
    </>
  );
}

function MenuLink(props: { onClick: () => void }): ReactElement {
  return (
    <div className="trn-popover-list trn-popover-last">
      <button type="button" className="trn-menu-item" onClick={props.onClick}>
        {trans.__('Copy a link to this view')}
      </button>
    </div>
  );
}

