/** What stands above and below a form's fields. */

import type { ReactElement } from 'react';

import type { FormModel } from '../models/form';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, LinkButton } from './basics';
import { CloseIcon, CodeIcon, ErrorIcon, PlayIcon, ResetIcon } from './icons';

export function FormHead(props: {
  form: FormModel;
  narrow: boolean;
  openRun: (id: string) => void;
  onClose: () => void;
  showSource: () => void;
}): ReactElement {
  const { form } = props;
  const { tool } = form;
  const sentence = firstSentence(tool.description);
  const takeLast = async (): Promise<void> => {
    const run = await form.lastRun();
    if (run) {
      form.useRun(run);
    } else {
      form.sayNoLastRun();
    }
  };
  return (
    <header className="trn-form-head">
      <div className="trn-title-row">
        <h2 className="trn-form-title" tabIndex={-1}>
          {tool.title}
        </h2>
        <IconButton label={trans.__('Show the source')} onClick={props.showSource}>
          <CodeIcon />
        </IconButton>
        {!props.narrow && (
          <IconButton label={trans.__('Close the form')} onClick={props.onClose}>
            <CloseIcon />
          </IconButton>
        )}
      </div>
      {sentence.replace(/[.]$/, '') !== tool.title && <p className="trn-sentence">{sentence}</p>}
      {tool.notice && <p className="trn-tool-notice">{tool.notice}</p>}
      <div className="trn-buttons">
        <Button icon={<ResetIcon />} onClick={() => void takeLast()}>
          {trans.__('Use last run')}
        </Button>
        <button type="button" className="trn-button trn-bare" onClick={() => form.useDefaults()}>
          {trans.__('Defaults')}
        </button>
      </div>
      {form.origin && (
        <p className="trn-origin">
          <span>
            {trans.__('Values of run')} <LinkButton onClick={() => form.origin && props.openRun(form.origin.id)}>#{form.origin.number}</LinkButton>
          </span>
          <IconButton label={trans.__('Hide this line')} onClick={() => form.forgetOrigin()}>
            <CloseIcon />
          </IconButton>
        </p>
      )}
    </header>
  );
}

export function FormFoot(props: { form: FormModel; narrow: boolean; onRun: () => void; onShowProblem: () => void }): ReactElement {
  const { form } = props;
  const problems = form.problems.size;
  const changed = form.changedFields.length;
  return (
    <footer className="trn-foot">
      {form.failure && <FailureNotice failure={form.failure} kept={form.failure.offline ? trans.__('Your values are kept.') : ''} />}
      {problems > 0 ? (
        <p className="trn-foot-line trn-error">
          <ErrorIcon />
          <LinkButton onClick={props.onShowProblem}>
            {trans._n('%1 field needs a change', '%1 fields need a change', problems)}
          </LinkButton>
        </p>
      ) : (
        changed > 0 && <p className="trn-foot-line trn-quiet">{trans._n('%1 changed', '%1 changed', changed)}</p>
      )}
      <button type="button" className="trn-run" aria-disabled={form.sending || undefined} onClick={props.onRun}>
        <PlayIcon />
        <span className="trn-run-word">{form.sending ? trans.__('Sending…') : trans.__('Run')}</span>
        {!props.narrow && <kbd>Ctrl+Enter</kbd>}
      </button>
    </footer>
  );
}

function firstSentence(text: string): string {
  const paragraph = text.trim().split(/\n\s*\n/)[0] ?? '';
  const flat = paragraph.replace(/\s+/g, ' ');
  return /^.{10,}?[.!?](?=\s|$)/.exec(flat)?.[0] ?? flat;
}
