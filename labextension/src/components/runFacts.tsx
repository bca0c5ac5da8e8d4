/** Parameters, environment and attempts of a run. */

import type { ReactElement } from 'react';

import type { Attempt, Run, Tool } from '../api/types';
import { formatBytes, formatDuration, formatExact, reasonWord, secondsOf, statusWord, workerName } from '../format';
import { isObject, sameJson } from '../logic/json';
import { formSchema } from '../logic/schema';
import { isArtifactRef } from '../logic/validation';
import type { RunModel } from '../models/run';
import { JsonTree } from '../previews/json';
import { trans } from '../translation';
import { LinkButton, Notice } from './basics';
import { Mark } from './icons';

export function ParametersTab(props: { run: Run; tool: Tool | undefined; openRun: (id: string) => void }): ReactElement {
  const { run, tool } = props;
  const entries = Object.entries(run.params);
  const form = tool ? formSchema(tool.params_schema, run.params) : null;
  if (entries.length === 0) {
    return <Notice>{trans.__('This tool takes no parameters.')}</Notice>;
  }
  return (
    <div className="trn-facts-page" tabIndex={0} role="region" aria-label={trans.__('Parameters')}>
      {tool && tool.version !== run.version && (
        <p className="trn-quiet-strong">{trans.__('The tool has changed since; the marks compare with its defaults of today.')}</p>
      )}
      <table className="trn-facts">
        <thead>
          <tr>
            <th scope="col">{trans.__('Parameter')}</th>
            <th scope="col">{trans.__('Value')}</th>
            <th scope="col">{trans.__('Default')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(([name, value]) => {
            const known = form?.properties[name];
            const changed = known !== undefined && !sameJson(value, known.default);
            return (
              <tr key={name} data-changed={changed || undefined}>
                <th scope="row">
                  {changed && <span className="trn-dot" aria-hidden="true" />}
                  {name}
                </th>
                <td>
                  <Value value={value} secret={known?.['x-secret'] === true} />
                </td>
                <td className="trn-quiet">
                  {known?.default === undefined ? '' : changed ? <Value value={known.default} secret={false} /> : trans.__('the same')}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Value(props: { value: unknown; secret: boolean }): ReactElement {
  const { value } = props;
  if (props.secret) {
    return <span className="trn-quiet">{trans.__('not shown')}</span>;
  }
  if (isArtifactRef(value)) {
    return <span>{trans.__('an earlier result, %1', value.artifact)}</span>;
  }
  if (value === '') {
    return <span className="trn-quiet">{trans.__('empty text')}</span>;
  }
  if (value === null) {
    return <span className="trn-quiet">{trans.__('none')}</span>;
  }
  if (typeof value === 'string') {
    return <span className="trn-value">{value.length > 2000 ? `${value.slice(0, 2000)}…` : value}</span>;
  }
  if (isObject(value) || Array.isArray(value)) {
    return <JsonTree value={value} />;
  }
  return <code>{JSON.stringify(value)}</code>;
}

export function EnvironmentTab(props: { attempt: Attempt | null }): ReactElement {
  const environment = props.attempt?.environment ?? null;
  if (!environment || Object.keys(environment).length === 0) {
    return <Notice>{trans.__('The environment is known when the run has started.')}</Notice>;
  }
  return (
    <div className="trn-facts-page" tabIndex={0} role="region" aria-label={trans.__('Environment')}>
      <table className="trn-facts">
        <tbody>
          {Object.entries(environment).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <Value value={value} secret={false} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function AttemptsTab(props: { model: RunModel; run: Run; onShowLog: () => void }): ReactElement {
  const attempts = [...(props.run.attempts ?? [])].reverse();
  if (attempts.length === 0) {
    return <Notice>{trans.__('No attempt has begun yet.')}</Notice>;
  }
  return (
    <div className="trn-facts-page" tabIndex={0} role="region" aria-label={trans.__('Attempts')}>
      <ol className="trn-attempts">
        {attempts.map(attempt => (
          <li key={attempt.number} aria-current={attempt.number === props.model.attempt?.number || undefined}>
            <Mark status={attempt.status} />
            <div className="trn-grow">
              <p>
                <strong>{trans.__('Attempt %1', attempt.number)}</strong>, {attemptWord(attempt)}
              </p>
              <p className="trn-quiet-strong">
                {formatExact(attempt.started_at)}, {workerName(attempt.worker)}, {trans.__('log %1', formatBytes(attempt.log_size))}
              </p>
              {attempt.error && (
                <p className="trn-attempt-error">
                  {attempt.error.type}
                  {attempt.error.message !== '' && `: ${attempt.error.message}`}
                </p>
              )}
            </div>
            <span>{durationOf(attempt)}</span>
            <LinkButton
              onClick={() => {
                props.model.chooseAttempt(attempt.number);
                props.onShowLog();
              }}
            >
              {trans.__('Its log')}
            </LinkButton>
          </li>
        ))}
      </ol>
    </div>
  );
}

function attemptWord(attempt: Attempt): string {
  return attempt.reason ? reasonWord(attempt.reason) : statusWord(attempt.status).toLowerCase();
}

function durationOf(attempt: Attempt): string {
  const seconds = attempt.finished_at ? secondsOf(attempt) : null;
  return seconds === null ? '' : formatDuration(seconds);
}
