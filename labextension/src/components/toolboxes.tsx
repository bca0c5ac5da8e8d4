/** Adding a folder of tools, and the toolboxes that there are. */

import { useEffect, useId, useRef, type FormEvent, type ReactElement } from 'react';

import type { Toolbox } from '../api/types';
import { useModel } from '../models/model';
import type { ToolboxesModel } from '../models/toolboxes';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, LinkButton, Loading } from './basics';
import { AddIcon, BackIcon, CloseIcon, FolderIcon, WarningIcon } from './icons';

export interface ToolboxesProps {
  model: ToolboxesModel;
  narrow: boolean;
  /** Lab's file dialog; the path on the server's disk. Null where there is none. */
  browse: ((folder: boolean) => Promise<string | null>) | null;
}

export function Toolboxes(props: ToolboxesProps): ReactElement {
  const { model, browse } = props;
  useModel(model);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { focusRequest, failure } = model;
  useEffect(() => input.current?.focus(), [focusRequest]);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    void model.add();
  };
  const choose = async (): Promise<void> => {
    const path = await browse?.(true);
    if (path) {
      model.setPath(path);
    }
    input.current?.focus();
  };
  return (
    <section className="trn-form-pane" aria-labelledby={`${id}-title`} onKeyDown={event => event.key === 'Escape' && model.hide()}>
      {props.narrow && (
        <div className="trn-bar">
          <button type="button" className="trn-button trn-bare" onClick={() => model.hide()}>
            <BackIcon />
            <span>{trans.__('Tools')}</span>
          </button>
        </div>
      )}
      <form className="trn-scroll trn-toolboxes" onSubmit={onSubmit}>
        <div className="trn-title-row">
          <h2 className="trn-form-title" id={`${id}-title`}>{trans.__('Add tools')}</h2>
          {!props.narrow && (
            <IconButton label={trans.__('Close')} onClick={() => model.hide()}>
              <CloseIcon />
            </IconButton>
          )}
        </div>
        <label htmlFor={`${id}-path`}>{trans.__('Folder of scripts or notebooks, or one of them')}</label>
        <div className="trn-path">
          <input
            id={`${id}-path`}
            ref={input}
            type="text"
            value={model.path}
            placeholder="/home/me/scripts"
            spellCheck={false}
            autoComplete="off"
            aria-invalid={failure !== null && !failure.offline}
            aria-describedby={`${id}-trust`}
            onChange={event => model.setPath(event.currentTarget.value)}
          />
          {browse && <Button icon={<FolderIcon />} onClick={() => void choose()}>{trans.__('Browse…')}</Button>}
        </div>
        {failure && <FailureNotice failure={failure} />}
        <p className="trn-trust" id={`${id}-trust`}>
          <WarningIcon />
          <span>
            {trans.__('The files are run as you: now, to read their parameters, and later when someone presses Run. Add only what you trust.')}
          </span>
        </p>
        <button type="submit" className="trn-button trn-primary" disabled={model.busy || model.path.trim() === ''}>
          <AddIcon />
          <span>{model.busy ? trans.__('Reading the files…') : trans.__('Add and read')}</span>
        </button>
        <h3>{trans.__('Toolboxes')}</h3>
        {!model.loaded && !failure && <Loading>{trans.__('Loading toolboxes')}</Loading>}
        <ul className="trn-toolbox-list">
          {model.toolboxes.map(toolbox => (
            <li key={toolbox.id}>
              <Line toolbox={toolbox} model={model} />
            </li>
          ))}
        </ul>
      </form>
    </section>
  );
}

function Line({ toolbox, model }: { toolbox: Toolbox; model: ToolboxesModel }): ReactElement {
  return (
    <>
      <p className="trn-title-row">
        <strong className="trn-cut">{toolbox.title}</strong>
        <span className="trn-quiet trn-grow">
          {toolbox.reading ? trans.__('being read') : trans._n('%1 tool', '%1 tools', toolbox.tools)}
        </span>
        {toolbox.added && (
          <LinkButton title={trans.__('Its files and its runs stay')} onClick={() => void model.remove(toolbox)}>
            {trans.__('Remove')}
            <span className="trn-sr"> {toolbox.title}</span>
          </LinkButton>
        )}
      </p>
      <p className="trn-quiet trn-place" title={toolbox.place}>{toolbox.place}</p>
      {toolbox.problems.map(problem => (
        <p key={problem} className="trn-toolbox-problem">
          <WarningIcon /> {problem}
        </p>
      ))}
    </>
  );
}
