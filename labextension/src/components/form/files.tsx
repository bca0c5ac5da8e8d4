/** A field that takes a file: by its path on the server, an earlier result, or one that is brought along. */

import { useEffect, useId, useRef, useState, type DragEvent, type KeyboardEvent, type ReactElement } from 'react';
import { createPortal } from 'react-dom';

import type { FoundArtifact } from '../../api/types';
import { formatAgo, formatBytes, shortName } from '../../format';
import { isArtifactRef } from '../../logic/validation';
import { failureOf, type Failure } from '../../models/failure';
import { useModel } from '../../models/model';
import type { UploadTask } from '../../models/uploads';
import { trans } from '../../translation';
import { FailureNotice, IconButton, LinkButton } from '../basics';
import { CloseIcon, FileIcon, FolderIcon, HistoryIcon, UploadIcon } from '../icons';
import type { FormServices } from './context';
import { TextControl, aria, effective, type ControlProps } from './controls';
import { usePopup } from './popup';

/** What the sidebar offers to fields that take a file. */
export function PathControl(props: ControlProps): ReactElement {
  const { services, schema, onChange } = props;
  const { uploads } = services;
  useModel(uploads);
  const key = `${services.formKey}:${props.id}`;
  const task = uploads.task(key);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const accepts = acceptsOf(schema);
  const value = effective(props);
  const takesFile = services.takesFiles && isReadFile(schema);
  const browse = async (): Promise<void> => {
    const path = await services.browse?.(schema.format === 'directory-path');
    if (path) {
      onChange(path);
    }
  };
  const send = (file: File | null | undefined): void => {
    if (file) {
      void uploads.start(key, file);
    }
  };
  const dragging = (event: DragEvent, on: boolean): void => {
    if (takesFile && event.dataTransfer.types.includes('Files')) {
      event.preventDefault();
      event.stopPropagation();
      setOver(on);
    }
  };
  const drop = (event: DragEvent): void => {
    dragging(event, false);
    send(event.dataTransfer.files[0]);
  };
  const { limit } = uploads;
  const uploadWord =
    limit === null ? trans.__('Upload a file for %1', props.label) : trans.__('Upload a file for %1, %2 at most', props.label, formatBytes(limit));
  return (
    <div
      className="trn-file"
      data-over={over || undefined}
      onDragEnter={event => dragging(event, true)}
      onDragOver={event => dragging(event, true)}
      onDragLeave={event => dragging(event, false)}
      onDrop={drop}
    >
      <div className="trn-control-row trn-path">
        {isArtifactRef(value) ? (
          <ChosenFile {...props} artifact={value.artifact} />
        ) : (
          <TextControl {...props} placeholder={over ? trans.__('Drop the file here') : undefined} />
        )}
        {takesFile && (
          <ArtifactPicker
            label={trans.__('%1: an earlier result', props.label)}
            services={services}
            accepts={accepts}
            onChoose={found => {
              services.remember(found.id, found);
              onChange({ artifact: found.id });
            }}
          />
        )}
        {services.browse && (
          <IconButton label={trans.__('Browse for %1', props.label)} onClick={() => void browse()}>
            <FolderIcon />
          </IconButton>
        )}
        {takesFile && (
          <IconButton label={uploadWord} onClick={() => input.current?.click()}>
            <UploadIcon />
          </IconButton>
        )}
      </div>
      {takesFile && (
        <input
          ref={input}
          type="file"
          className="trn-file-input"
          data-field-id={props.id}
          tabIndex={-1}
          aria-hidden="true"
          accept={accepts.join(',') || undefined}
          onChange={event => {
            send(event.currentTarget.files?.[0]);
            event.currentTarget.value = '';
          }}
        />
      )}
      {task && task.state !== 'done' && <Progress task={task} services={services} onChooseAgain={() => input.current?.click()} />}
    </div>
  );
}

function acceptsOf(schema: ControlProps['schema']): string[] {
  return Array.isArray(schema['x-accepts']) ? schema['x-accepts'].map(String) : [];
}

/** Whether the tool reads a file here: a folder, and a file that it writes, are named by their path alone. */
function isReadFile(schema: ControlProps['schema']): boolean {
  const type = typeof schema['x-type'] === 'string' ? schema['x-type'] : '';
  return schema.format !== 'directory-path' && !/^FileType\('[wax]/.test(type);
}

function ChosenFile(props: ControlProps & { artifact: string }): ReactElement {
  const { services, artifact } = props;
  const [, draw] = useState(0);
  const found = services.describe(artifact, () => draw(count => count + 1));
  return (
    <div className="trn-chosen-file" {...aria({ ...props, required: false })} role="group" aria-label={props.label} tabIndex={-1}>
      <FileIcon mediaType={found?.media_type ?? ''} />
      <span className="trn-chosen-name">
        <span className="trn-cut" title={found?.name}>
          {found?.name ?? trans.__('An earlier result')}
        </span>
        <span className="trn-quiet">{found ? whenceOf(found) : ''}</span>
      </span>
      <IconButton label={trans.__('Take no file for %1', props.label)} onClick={() => props.onChange(undefined)}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

/** Where a file comes from, in a few words. */
function whenceOf(found: Partial<FoundArtifact>): string {
  const size = found.size === undefined ? '' : formatBytes(found.size);
  const run = found.run_number
    ? `#${found.run_number} ${shortName(found.tool ?? '')}${found.finished_at ? `, ${formatAgo(found.finished_at)}` : ''}`
    : trans.__('uploaded');
  return [run, size].filter(part => part !== '').join(' · ');
}

function Progress(props: { task: UploadTask; services: FormServices; onChooseAgain: () => void }): ReactElement {
  const { task } = props;
  const { uploads } = props.services;
  const percent = task.size === 0 ? 100 : Math.floor((100 * task.sent) / task.size);
  return (
    <div className="trn-upload" data-state={task.state}>
      <p className="trn-upload-line">
        <span className="trn-grow trn-cut">{task.name}</span>
        <span className="trn-quiet">{trans.__('%1 of %2', formatBytes(task.sent), formatBytes(task.size))}</span>
      </p>
      <progress
        max={100}
        value={percent}
        aria-label={trans.__('Upload of %1', task.name)}
        aria-valuetext={trans.__('%1 percent', percent)}
      />
      <p className="trn-upload-line">
        <span className="trn-grow trn-quiet" role="status">
          {stateText(task)}
        </span>
        {(task.state === 'sending' || task.state === 'away') && (
          <LinkButton onClick={() => uploads.pause(task.key)}>{trans.__('Pause')}</LinkButton>
        )}
        {(task.state === 'paused' || task.state === 'failed') && (
          <LinkButton onClick={() => void uploads.resume(task.key)}>
            {task.state === 'paused' ? trans.__('Go on') : trans.__('Try again')}
          </LinkButton>
        )}
        {task.state === 'unnamed' && <LinkButton onClick={props.onChooseAgain}>{trans.__('Choose the file')}</LinkButton>}
        <LinkButton onClick={() => void uploads.cancel(task.key)}>{trans.__('Remove')}</LinkButton>
      </p>
      {task.failure && <FailureNotice failure={task.failure} />}
    </div>
  );
}

function stateText(task: UploadTask): string {
  switch (task.state) {
    case 'sending':
      return task.sent === task.size && task.size > 0 ? trans.__('Checking…') : trans.__('Uploading…');
    case 'paused':
      return trans.__('Paused. What was sent is kept for a week.');
    case 'away':
      return trans.__('No connection. It goes on by itself.');
    case 'unnamed':
      return trans.__('The page was loaded anew. Choose the same file to go on.');
    case 'failed':
    case 'done':
      return '';
  }
}

interface PickerProps {
  label: string;
  services: FormServices;
  accepts: readonly string[];
  onChoose: (found: FoundArtifact) => void;
}

/** Earlier results of a fitting type, newest first, found by name. */
function ArtifactPicker(props: PickerProps): ReactElement {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    anchor.current?.querySelector<HTMLElement>('button')?.focus();
  };
  return (
    <div ref={anchor} className="trn-menu-anchor">
      <IconButton label={props.label} pressed={open} onClick={() => setOpen(!open)}>
        <HistoryIcon />
      </IconButton>
      {open && <PickerPopup {...props} anchor={anchor.current} onClose={close} onLeave={() => setOpen(false)} />}
    </div>
  );
}

function PickerPopup(props: PickerProps & { anchor: HTMLElement | null; onClose: () => void; onLeave: () => void }): ReactElement {
  const { services, accepts, anchor, onLeave } = props;
  const id = useId();
  const node = useRef<HTMLDivElement>(null);
  const [name, setName] = useState('');
  const [items, setItems] = useState<readonly FoundArtifact[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [at, setAt] = useState(0);
  const accept = accepts.join(',');
  const latest = useRef(0);
  const fetch = async (cursor: string | null): Promise<void> => {
    const mine = ++latest.current;
    try {
      const page = await services.findArtifacts({ accept, name, ...(cursor === null ? {} : { cursor }) });
      if (mine === latest.current) {
        setItems(before => [...(cursor === null ? [] : (before ?? [])), ...page.items]);
        setNext(page.next ?? null);
        setFailure(null);
      }
    } catch (error) {
      if (mine === latest.current) {
        setFailure(failureOf(error));
      }
    }
  };
  const refetch = useRef(fetch);
  refetch.current = fetch;
  useEffect(() => {
    setAt(0);
    const timer = window.setTimeout(() => void refetch.current(null), name === '' ? 0 : 150);
    return () => window.clearTimeout(timer);
  }, [name, accept]);
  usePopup(node, anchor, '.trn-file', onLeave);
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at, id]);
  const count = items?.length ?? 0;
  const choose = (found: FoundArtifact | undefined): void => {
    if (found) {
      props.onClose();
      props.onChoose(found);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setAt(Math.max(0, Math.min(count - 1, at + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(items?.[at]);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      props.onClose();
    }
  };
  return createPortal(
    <div ref={node} className="trn-root trn-picker-popup" role="dialog" aria-label={props.label}>
      <input
        className="trn-input"
        type="search"
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={count > 0 ? `${id}-${at}` : undefined}
        aria-label={trans.__('Search earlier results')}
        placeholder={trans.__('Search earlier results')}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        value={name}
        onChange={event => setName(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {failure && <FailureNotice failure={failure} onRetry={() => void fetch(null)} />}
      {items?.length === 0 && <p className="trn-menu-text">{nothingText(name, accepts)}</p>}
      <ul id={`${id}-list`} role="listbox" aria-label={trans.__('Earlier results')} className="trn-picker-list">
        {items?.map((found, index) => (
          <li
            key={found.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(found)}
          >
            <FileIcon mediaType={found.media_type} />
            <span className="trn-chosen-name">
              <span className="trn-cut" title={found.name}>
                {found.name}
              </span>
              <span className="trn-quiet">{whenceOf(found)}</span>
            </span>
          </li>
        ))}
      </ul>
      {next !== null && <LinkButton onClick={() => void fetch(next)}>{trans.__('Show more')}</LinkButton>}
    </div>,
    document.body
  );
}

function nothingText(name: string, accepts: readonly string[]): string {
  if (name !== '') {
    return trans.__('No earlier result has “%1” in its name.', name);
  }
  return accepts.length === 0
    ? trans.__('No run has made a file yet.')
    : trans.__('No run has made a file that fits here (%1) yet.', accepts.join(', '));
}
