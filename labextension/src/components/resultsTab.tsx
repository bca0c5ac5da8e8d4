/** What came out: one large preview, and the list of artifacts with their facts. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Suspense, useState, type ReactElement } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact, Run } from '../api/types';
import { cutMiddle, formatBytes, formatNumber } from '../format';
import { isFinal } from '../logic/merge';
import { showValue } from '../logic/json';
import type { RunModel } from '../models/run';
import type { Preview, PreviewRegistry } from '../previews';
import { trans } from '../translation';
import { IconButton, Loading, Notice } from './basics';
import { Boundary } from './boundary';
import { DownloadIcon, FileIcon } from './icons';

interface Props {
  model: RunModel;
  run: Run;
  client: ApiClient;
  previews: PreviewRegistry;
  rendermime: IRenderMimeRegistry | null;
  download: (artifact: Artifact) => void;
}

export function ResultsTab(props: Props): ReactElement {
  const { model, run } = props;
  const artifacts = run.artifacts;
  const selected = model.selected;
  if (!selected) {
    return (
      <Notice>
        {isFinal(run.status) ? trans.__('This run left no files.') : trans.__('Results appear here when the run has finished.')}
      </Notice>
    );
  }
  return (
    <div className="trn-results">
      <PreviewPane key={selected.id} {...props} artifact={selected} />
      <aside className="trn-side" aria-label={trans.__('Artifacts')}>
        <div className="trn-subhead">
          <h2>{trans.__('Artifacts')}</h2>
          <span className="trn-quiet">{formatBytes(artifacts.reduce((sum, { size }) => sum + size, 0))}</span>
        </div>
        <ul className="trn-rows">
          {artifacts.map(artifact => (
            <li key={artifact.id}>
              <button
                type="button"
                className="trn-artifact"
                data-artifact={artifact.id}
                aria-current={artifact.id === selected.id || undefined}
                title={artifact.name}
                onClick={() => model.select(artifact)}
              >
                <span className="trn-artifact-icon">
                  <FileIcon mediaType={artifact.media_type} />
                </span>
                <span className="trn-grow">
                  <span className="trn-artifact-name">{cutMiddle(artifact.name, 40)}</span>
                  <span className="trn-artifact-facts">{factsOf(artifact)}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
        <Facts artifact={selected} />
      </aside>
    </div>
  );
}

function PreviewPane(props: Props & { artifact: Artifact }): ReactElement {
  const { artifact, previews, rendermime } = props;
  const fitting = previews.of(artifact, rendermime);
  const [chosen, setChosen] = useState(fitting[0]?.name);
  const preview: Preview | undefined = fitting.find(({ name }) => name === chosen) ?? fitting[0];
  const choices = fitting.filter(({ name }) => name !== 'file');
  return (
    <div className="trn-preview">
      <div className="trn-subhead">
        <h2 title={artifact.name}>{cutMiddle(artifact.name, 60)}</h2>
        {choices.length > 1 && (
          <div className="trn-toggle" role="group" aria-label={trans.__('Shown as')}>
            {choices.map(choice => (
              <button key={choice.name} type="button" aria-pressed={choice === preview} onClick={() => setChosen(choice.name)}>
                {choice.title()}
              </button>
            ))}
          </div>
        )}
        <span className="trn-grow" />
        <IconButton label={trans.__('Download %1', artifact.name)} onClick={() => props.download(artifact)}>
          <DownloadIcon />
        </IconButton>
      </div>
      <div className="trn-preview-body">
        {preview && (
          <Suspense fallback={<Loading>{trans.__('Loading %1', artifact.name)}</Loading>}>
            <Boundary key={preview.name}>
              <preview.component artifact={artifact} client={props.client} rendermime={rendermime} download={props.download} />
            </Boundary>
          </Suspense>
        )}
      </div>
    </div>
  );
}

function kindOf(artifact: Artifact): string {
  const type = artifact.media_type;
  const known: [RegExp, string][] = [
    [/csv|tab-separated|parquet|arrow/, trans.__('table')],
    [/graph/, trans.__('graph')],
    [/vega|plotly/, trans.__('chart')],
    [/^image\//, trans.__('image')],
    [/markdown/, 'Markdown'],
    [/ipynb/, trans.__('notebook')],
    [/html/, 'HTML'],
    [/json/, 'JSON'],
    [/pdf/, 'PDF'],
    [/^text\//, trans.__('text')]
  ];
  return known.find(([pattern]) => pattern.test(type))?.[1] ?? type;
}

function factsOf(artifact: Artifact): string {
  const { rows, columns, width, height, nodes } = artifact.metadata;
  const facts = [kindOf(artifact)];
  if (typeof rows === 'number') {
    const size = trans._n('%2 row', '%2 rows', rows, formatNumber(rows));
    facts.push(typeof columns === 'number' ? `${size} × ${formatNumber(columns)}` : size);
  }
  if (typeof width === 'number' && typeof height === 'number') {
    facts.push(`${width} × ${height}`);
  }
  if (typeof nodes === 'number') {
    facts.push(trans._n('%2 node', '%2 nodes', nodes, formatNumber(nodes)));
  }
  return [...facts, formatBytes(artifact.size)].join(' · ');
}

function Facts(props: { artifact: Artifact }): ReactElement {
  const { artifact } = props;
  const facts: [string, string][] = [
    [trans.__('Type'), artifact.media_type],
    [trans.__('Size'), trans._n('%2 byte', '%2 bytes', artifact.size, formatNumber(artifact.size))],
    ...Object.entries(artifact.metadata).map(([name, value]): [string, string] => [name, showValue(value).slice(0, 200)])
  ];
  return (
    <dl className="trn-artifact-table">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>{trans.__('Digest')}</dt>
        <dd>
          <code title={artifact.digest}>{cutMiddle(artifact.digest, 20)}</code>
        </dd>
      </div>
    </dl>
  );
}
