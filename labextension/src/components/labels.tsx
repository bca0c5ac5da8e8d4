/** Tags and the note of a run, written where they stand. */

import { useId, useState, type KeyboardEvent, type ReactElement } from 'react';

import type { Run } from '../api/types';
import type { RunModel } from '../models/run';
import { trans } from '../translation';
import { Button, IconButton } from './basics';
import { AddIcon, CloseIcon, EditIcon } from './icons';

interface Props {
  model: RunModel;
  run: Run;
}

export function Labels(props: Props): ReactElement {
  const { run } = props;
  const [writing, setWriting] = useState(false);
  return (
    <div className="trn-labels">
      <Tags {...props} />
      {!writing && !run.note && (
        <button type="button" className="trn-bare-action" onClick={() => setWriting(true)}>
          <EditIcon /> {trans.__('Write a note')}
        </button>
      )}
      {writing ? (
        <NoteForm {...props} onClose={() => setWriting(false)} />
      ) : (
        run.note && (
          <div className="trn-note">
            <p>{run.note}</p>
            <IconButton label={trans.__('Change the note')} onClick={() => setWriting(true)}>
              <EditIcon />
            </IconButton>
          </div>
        )
      )}
    </div>
  );
}

function Tags(props: Props): ReactElement {
  const { model, run } = props;
  const [adding, setAdding] = useState(false);
  const [text, setText] = useState('');
  const list = useId();
  const close = (): void => {
    setAdding(false);
    setText('');
  };
  /** Whether nothing is left to add: what was refused stays, to be mended. */
  const add = async (): Promise<boolean> => {
    const tags = text.split(',').map(tag => tag.trim()).filter(tag => tag !== '');
    const added = tags.length === 0 || (await model.edit({ add_tags: tags }));
    if (added) {
      setText('');
    }
    return added;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      event.preventDefault();
      void add();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
  };
  const others = model.knownTags.filter(({ tag }) => !run.tags.includes(tag));
  return (
    <ul className="trn-tags" aria-label={trans.__('Tags')}>
      {run.tags.map(tag => (
        <li key={tag} className="trn-tag">
          <span>{tag}</span>
          <IconButton label={trans.__('Remove the tag %1', tag)} onClick={() => void model.edit({ remove_tags: [tag] })}>
            <CloseIcon />
          </IconButton>
        </li>
      ))}
      <li>
        {adding ? (
          <>
            <input
              className="trn-tag-input"
              autoFocus
              list={list}
              value={text}
              maxLength={200}
              placeholder={trans.__('Tag')}
              aria-label={trans.__('New tag')}
              onChange={event => setText(event.currentTarget.value)}
              onKeyDown={onKeyDown}
              onBlur={() => void add().then(added => added && close())}
            />
            <datalist id={list}>
              {others.map(({ tag }) => (
                <option key={tag} value={tag} />
              ))}
            </datalist>
          </>
        ) : (
          <button
            type="button"
            className="trn-bare-action"
            onClick={() => {
              setAdding(true);
              void model.loadTags();
            }}
          >
            <AddIcon /> {trans.__('Add a tag')}
          </button>
        )}
      </li>
    </ul>
  );
}

function NoteForm(props: Props & { onClose: () => void }): ReactElement {
  const { model, run, onClose } = props;
  const [text, setText] = useState(run.note ?? '');
  const save = async (): Promise<void> => {
    if (await model.edit({ note: text })) {
      onClose();
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      void save();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      onClose();
    }
  };
  return (
    <div className="trn-note-form">
      <textarea
        autoFocus
        rows={3}
        value={text}
        aria-label={trans.__('Note')}
        placeholder={trans.__('What is worth knowing about this run')}
        onChange={event => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div className="trn-buttons">
        <Button primary onClick={() => void save()}>
          {trans.__('Save')}
        </Button>
        <Button onClick={onClose}>{trans.__('Leave it as it was')}</Button>
      </div>
    </div>
  );
}
