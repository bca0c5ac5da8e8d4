/** Parameters, environment and attempts of a run. */

import { useState, type ReactElement } from 'react';

import type { Attempt, Run, Tool } from '../api/types';
import { deliveryExplained, deliveryText } from '../delivery';
import { formatBytes, formatDuration, formatExact, formatNumber, reasonWord, secondsOf, statusWord, workerName } from '../format';
import { isObject, sameJson } from '../logic/json';
import { isFinal } from '../logic/merge';
import { isRunReference } from '../logic/reference';
import { differenceOf, environmentOf, packagesOf, plain } from '../logic/runDifference';
import { formSchema, secretNames } from '../logic/schema';
import { isArtifactRef } from '../logic/validation';
import type { RunModel } from '../models/run';
import { JsonTree } from './jsonTree';
import { trans } from '../translation';
import { LinkButton, Notice } from './basics';
import { changeText } from './comparison';
import { Mark, SearchIcon } from './icons';
import { ReferenceValue } from './reference';

export function ParametersTab(props: { run: Run; tool: Tool | undefined; before: Run | null; openRun: (id: string) => void }): ReactElement {
  const { run, tool, before } = props;
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
      {before && (
        <p className="trn-compared">
          {trans.__('Against')} <LinkButton onClick={() => props.openRun(before.id)}>#{before.number}</LinkButton>:{' '}
          {paramsText(before, run, secretNames(tool, before.params, run.params))}
        </p>
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
                  {known?.default === undefined ? '' : changed ? <Value value={known.default} secret={known['x-secret'] === true} /> : trans.__('the same')}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function paramsText(before: Run, run: Run, secrets: ReadonlySet<string>): string {
  const { params } = differenceOf(before, run, secrets);
  return params.length === 0 ? trans.__('the same values') : params.map(changeText).join(' · ');
}

const LONGEST_VALUE = 2_000;

export function Value(props: { value: unknown; secret: boolean }): ReactElement {
  const { value } = props;
  const [whole, setWhole] = useState(false);
  if (props.secret) {
    return <span className="trn-quiet">{trans.__('not shown')}</span>;
  }
  if (isArtifactRef(value)) {
    return <span>{trans.__('an earlier result, %1', value.artifact)}</span>;
  }
  if (isRunReference(value)) {
    return <ReferenceValue reference={value} />;
  }
  if (value === '') {
    return <span className="trn-quiet">{trans.__('empty text')}</span>;
  }
  if (value === undefined) {
    return <span className="trn-quiet">{trans.__('not there')}</span>;
  }
  if (value === null) {
    return <span className="trn-quiet">{trans.__('none')}</span>;
  }
  if (typeof value === 'string') {
    const isCut = value.length > LONGEST_VALUE && !whole;
    return (
      <span className="trn-value">
        {isCut ? `${value.slice(0, LONGEST_VALUE)}… ` : value}
        {isCut && (
          <LinkButton onClick={() => setWhole(true)}>
            {trans.__('Show all %1 characters', formatNumber(value.length))}
          </LinkButton>
        )}
      </span>
    );
  }
  if (isObject(value) || Array.isArray(value)) {
    return <JsonTree value={value} />;
  }
  return <code>{JSON.stringify(value)}</code>;
}

function withoutEnvironment(run: Run): string {
  if (run.reused) {
    return trans.__('It was not run: the environment is that of run #%1.', run.reused.number);
  }
  return isFinal(run.status)
    ? trans.__('Nothing is known of the environment: no attempt came to its end.')
    : trans.__('The environment is known when the run has ended.');
}

export function EnvironmentTab(props: { run: Run; attempt: Attempt | null; before: Run | null }): ReactElement {
  const environment = props.attempt?.environment ?? null;
  const [query, setQuery] = useState('');
  if (!environment || Object.keys(environment).length === 0) {
    return <Notice>{withoutEnvironment(props.run)}</Notice>;
  }
  const packages = packagesOf(environment);
  const earlier = props.before && environmentOf(props.before);
  const versions = earlier ? packagesOf(earlier) : null;
  const gone = versions === null ? [] : Object.keys(versions).filter(name => !(name in packages));
  const wanted = query.trim().toLowerCase();
  const rows = [...Object.entries(packages), ...gone.map(name => [name, null] as const)]
    .map(([name, version]) => ({ name, version, before: versions === null ? undefined : (versions[name] ?? null) }))
    .filter(({ name }) => name.includes(wanted))
    .sort((one, other) => Number(isChanged(other)) - Number(isChanged(one)) || one.name.localeCompare(other.name));
  return (
    <div className="trn-facts-page" tabIndex={0} role="region" aria-label={trans.__('Environment')}>
      <table className="trn-facts">
        <tbody>
          {Object.entries(plain(environment)).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{environmentWord(name)}</th>
              <td>
                <Value value={value} secret={false} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {isObject(environment.packages) && (
        <>
          <div className="trn-subhead trn-packages-head">
            <h2>{trans.__('Packages')}</h2>
            <span className="trn-quiet">{formatNumber(Object.keys(packages).length)}</span>
            {props.before && versions !== null && (
              <span className="trn-quiet-strong">
                {packagesText(rows.filter(isChanged).length, props.before.number, wanted !== '')}
              </span>
            )}
            <span className="trn-grow" />
            <div className="trn-search trn-log-search">
              <SearchIcon />
              <input
                type="search"
                value={query}
                placeholder={trans.__('Find a package')}
                aria-label={trans.__('Find a package')}
                spellCheck={false}
                onChange={event => setQuery(event.currentTarget.value)}
              />
            </div>
          </div>
          {rows.length === 0 ? (
            <Notice>{trans.__('No package has this in its name.')}</Notice>
          ) : (
            <table className="trn-facts trn-packages">
              <thead>
                <tr>
                  <th scope="col">{trans.__('Package')}</th>
                  <th scope="col">{trans.__('Version')}</th>
                  {props.before && versions ? <th scope="col">{trans.__('In #%1', props.before.number)}</th> : <td />}
                </tr>
              </thead>
              <tbody>
                {rows.map(row => (
                  <tr key={row.name} data-changed={isChanged(row) || undefined}>
                    <th scope="row">
                      {isChanged(row) && <span className="trn-dot" aria-hidden="true" />}
                      {row.name}
                    </th>
                    <td>{row.version === null ? trans.__('not there') : <code>{row.version}</code>}</td>
                    <td className="trn-quiet">{isChanged(row) && (row.before === null ? trans.__('not there') : <code>{row.before}</code>)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </div>
  );
}

interface PackageRow {
  version: string | null;
  /** In the run that it is compared with; undefined where there is none. */
  before: string | null | undefined;
}

function isChanged(row: PackageRow): boolean {
  return row.before !== undefined && row.before !== row.version;
}

function packagesText(changed: number, number: number, partly: boolean): string {
  if (changed === 0) {
    return partly ? '' : trans.__('the same as in #%1', number);
  }
  return trans._n('%1 is not as in #%2', '%1 are not as in #%2', changed, number);
}

function environmentWord(name: string): string {
  switch (name) {
    case 'python':
      return trans.__('Python');
    case 'executable':
      return trans.__('Interpreter');
    case 'program':
      return trans.__('Program');
    case 'platform':
      return trans.__('Platform');
    case 'host':
      return trans.__('Host');
    default:
      return name;
  }
}

export function AttemptsTab(props: { model: RunModel; run: Run; onShow: (tab: 'log' | 'error') => void }): ReactElement {
  const { model } = props;
  const attempts = [...(props.run.attempts ?? [])].reverse();
  const show = (attempt: Attempt, tab: 'log' | 'error'): void => {
    model.chooseAttempt(attempt.number);
    props.onShow(tab);
  };
  return (
    <div className="trn-facts-page" tabIndex={0} role="region" aria-label={trans.__('Attempts')}>
      <p className="trn-quiet-strong">
        {deliveryText(props.run.delivery)}. {deliveryExplained(props.run.delivery)}
      </p>
      {attempts.length === 0 && (
        <Notice>
          {isFinal(props.run.status) ? trans.__('It ended before an attempt was made.') : trans.__('No attempt has begun yet.')}
        </Notice>
      )}
      <ol className="trn-attempts">
        {attempts.map(attempt => (
          <li key={attempt.number} aria-current={attempt.number === model.attempt?.number || undefined}>
            <Mark status={attempt.status} />
            <div className="trn-grow">
              <p>
                <strong>{trans.__('Attempt %1', attempt.number)}</strong>, {attemptWord(attempt)}
              </p>
              <p className="trn-quiet-strong">
                <time dateTime={attempt.started_at}>{formatExact(attempt.started_at)}</time>,{' '}
                <span title={attempt.worker}>{workerName(attempt.worker)}</span>, {trans.__('log %1', formatBytes(attempt.log_size))}
              </p>
              {attempt.error && (
                <p className="trn-attempt-error">
                  {attempt.error.type}
                  {attempt.error.message !== '' && `: ${attempt.error.message}`}
                </p>
              )}
            </div>
            <span>{durationOf(attempt)}</span>
            {attempt.error && props.run.error && (
              <LinkButton onClick={() => show(attempt, 'error')}>{trans.__('Its error')}</LinkButton>
            )}
            <LinkButton onClick={() => show(attempt, 'log')}>{trans.__('Its log')}</LinkButton>
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
