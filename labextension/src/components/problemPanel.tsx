/** Why a tool cannot be read, and what to do. */

import type { ReactElement } from 'react';

import { useModel } from '../models/model';
import type { ToolListModel } from '../models/toolList';
import { trans } from '../translation';
import { Button, IconButton } from './basics';
import { BackIcon, CloseIcon, CodeIcon } from './icons';
import { placeOf } from './toolTree';

export interface ProblemPanelProps {
  list: ToolListModel;
  narrow: boolean;
  showSource: (tool: string) => void;
}

export function ProblemPanel(props: ProblemPanelProps): ReactElement | null {
  const { list } = props;
  useModel(list);
  const tool = list.problem;
  const error = tool?.error;
  if (!tool || !error) {
    return null;
  }
  return (
    <section className="trn-form-pane" aria-label={tool.short_name}>
      {props.narrow && (
        <div className="trn-bar">
          <button type="button" className="trn-button trn-bare" onClick={() => list.closeProblem()}>
            <BackIcon />
            <span>{trans.__('Tools')}</span>
          </button>
        </div>
      )}
      <div className="trn-scroll trn-problem">
        <div className="trn-title-row">
          <h2 className="trn-form-title">{tool.short_name}</h2>
          {!props.narrow && (
            <IconButton label={trans.__('Close')} onClick={() => list.closeProblem()}>
              <CloseIcon />
            </IconButton>
          )}
        </div>
        <p>{trans.__('This tool cannot run, since its file could not be read. The other tools are not concerned.')}</p>
        <div className="trn-broken-facts">
          <p>
            <strong>{placeOf(tool, error)}</strong>
            {error.message}
          </p>
          {error.hint && <p>{error.hint}</p>}
        </div>
        <p>{trans.__('Mend the file and save it: it is read again by itself.')}</p>
        <Button icon={<CodeIcon />} onClick={() => props.showSource(tool.name)}>{trans.__('Open file')}</Button>
        {error.traceback && (
          <details>
            <summary>{trans.__('What Python said')}</summary>
            <pre className="trn-traceback">{error.traceback}</pre>
          </details>
        )}
      </div>
    </section>
  );
}
