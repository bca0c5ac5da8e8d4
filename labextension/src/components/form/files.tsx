/** A field that takes a file: by its path on the server, an earlier result, or one that is brought along. */

import { useCallback, useEffect, useRef, useState, type DragEvent, type ReactElement } from 'react';

import type { FoundArtifact, Run } from '../../api/types';
import { formatAgo, formatBytes, shortName } from '../../format';
import { fits } from '../../logic/accepts';
import type { RunReference } from '../../logic/reference';
import { isArtifactRef } from '../../logic/validation';
import { failureOf, type Failure } from '../../models/failure';
import { useModel } from '../../models/model';
import type { UploadTask } from '../../models/uploads';
import { trans } from '../../translation';
import { FailureNotice, IconButton, LinkButton } from '../basics';
import { BackIcon, CloseIcon, FileIcon, FolderIcon, HistoryIcon, UploadIcon } from '../icons';
import type { FormServices } from './context';
import { TextControl, aria, effective, type ControlProps } from './controls';
import { PickList, type Pick } from './pickList';
import { RunChoice, useFound } from './runChoice';

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
            onChooseLater={onChange}
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
  /** What a run will leave that has not ended. */
  onChooseLater: (value: RunReference) => void;
}

/** Earlier results of a fitting type, newest first, found by name; above them the runs that will leave some. */
function ArtifactPicker(props: PickerProps): ReactElement {
  const [open, setOpen] = useState(false);
  /** Of which it is asked what it will leave. */
  const [run, setRun] = useState<Run | null>(null);
  const anchor = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    setRun(null);
    anchor.current?.querySelector<HTMLElement>('button')?.focus();
  };
  const leave = useCallback(() => {
    setOpen(false);
    setRun(null);
  }, []);
  const part = { ...props, anchor: anchor.current, onClose: close, onLeave: leave };
  return (
    <div ref={anchor} className="trn-menu-anchor">
      <IconButton label={props.label} pressed={open} onClick={() => (open ? leave() : setOpen(true))}>
        <HistoryIcon />
      </IconButton>
      {open && run === null && <EarlierResults {...part} onRun={setRun} />}
      {open && run !== null && <LaterResults key={run.id} {...part} run={run} onBack={() => setRun(null)} />}
    </div>
  );
}

type PartProps = PickerProps & { anchor: HTMLElement | null; onClose: () => void; onLeave: () => void };

function EarlierResults(props: PartProps & { onRun: (run: Run) => void }): ReactElement {
  const { services, accepts } = props;
  const [name, setName] = useState('');
  const [items, setItems] = useState<readonly FoundArtifact[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [at, setAt] = useState(0);
  const underWay = useFound(name, words => services.runs.underWay(words)).found ?? [];
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
  const results: Pick[] = (items ?? []).map(found => ({
    key: found.id,
    ...(underWay.length > 0 ? { heading: trans.__('Earlier results') } : {}),
    content: (
      <>
        <FileIcon mediaType={found.media_type} />
        <span className="trn-chosen-name">
          <span className="trn-cut" title={found.name}>
            {found.name}
          </span>
          <span className="trn-quiet">{whenceOf(found)}</span>
        </span>
      </>
    ),
    choose: () => {
      props.onClose();
      props.onChoose(found);
    }
  }));
  const later: Pick[] = underWay.slice(0, name === '' ? LATER : FOUND).map(run => ({
    key: run.id,
    heading: trans.__('What a run under way will leave'),
    content: <RunChoice run={run} />,
    choose: () => props.onRun(run)
  }));
  return (
    <PickList
      {...props}
      field=".trn-file"
      words={trans.__('Search earlier results')}
      listLabel={trans.__('Earlier results')}
      text={name}
      onText={setName}
      picks={items === null ? [] : [...later, ...results]}
      at={at}
      onAt={setAt}
      note={
        <>
          {failure && <FailureNotice failure={failure} onRetry={() => void fetch(null)} />}
          {items?.length === 0 && later.length === 0 && <p className="trn-menu-text">{nothingText(name, accepts)}</p>}
        </>
      }
      foot={next !== null && <LinkButton onClick={() => void fetch(next)}>{trans.__('Show more')}</LinkButton>}
    />
  );
}

/** Runs under way that are offered, and of those that were looked for. */
const LATER = 3;
const FOUND = 10;

/** The files that a run will leave, as far as they are known; another one is named. */
function LaterResults(props: PartProps & { run: Run; onBack: () => void }): ReactElement {
  const { services, accepts, run } = props;
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const { found, failure, again } = useFound(run.id, () => services.runs.outputsOf(run));
  const choose = (output: string): void => {
    services.runs.remember(run);
    props.onClose();
    props.onChooseLater({ run: run.id, output });
  };
  const words = text.trim().toLowerCase();
  const known = (found ?? []).filter(artifact => fits(artifact, accepts));
  const names = known.filter(({ name }) => name.toLowerCase().includes(words));
  const picks: Pick[] = names.map(({ name, media_type }) => ({
    key: name,
    content: (
      <>
        <FileIcon mediaType={media_type} />
        <span className="trn-cut">{name}</span>
      </>
    ),
    choose: () => choose(name)
  }));
  if (words !== '' && !known.some(({ name }) => name === text.trim())) {
    picks.push({ key: 'written', content: <span className="trn-cut">{trans.__('A file that will be called %1', text.trim())}</span>, choose: () => choose(text.trim()) });
  }
  return (
    <PickList
      {...props}
      field=".trn-file"
      words={trans.__('Name of a file that it will leave')}
      listLabel={trans.__('Files of #%1', run.number)}
      text={text}
      onText={changed => {
        setText(changed);
        setAt(0);
      }}
      picks={picks}
      at={at}
      onAt={setAt}
      head={
        <p className="trn-picker-head">
          <IconButton label={trans.__('Back to all')} onClick={props.onBack}>
            <BackIcon />
          </IconButton>
          <RunChoice run={run} />
        </p>
      }
      note={
        <>
          {failure && <FailureNotice failure={failure} onRetry={again} />}
          <p className="trn-menu-text trn-quiet">
            {found === null || known.length > 0
              ? trans.__('This run waits until that one has succeeded. Its tool left these files last time:')
              : trans.__('This run waits until that one has succeeded. What that leaves is not known yet: write the name of the file.')}
          </p>
        </>
      }
    />
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
