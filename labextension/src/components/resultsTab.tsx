/** What came out: one large preview, and the list of artifacts with their facts. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ReactElement } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact, Run } from '../api/types';
import { cutMiddle, formatBytes, formatExact, formatNumber } from '../format';
import { isFinal } from '../logic/merge';
import { showValue } from '../logic/json';
import type { RunModel } from '../models/run';
import type { PreviewRegistry } from '../previews';
import { serverText } from '../serverText';
import { trans } from '../translation';
import { Notice } from './basics';
import { visible } from '../logic/visible';
import { PreviewPane } from './previewPane';
import { Thumbnail } from './thumbnail';

interface Props {
  model: RunModel;
  run: Run;
  client: ApiClient;
  previews: PreviewRegistry;
  rendermime: IRenderMimeRegistry | null;
  download: (artifact: Artifact) => void;
  copy: (text: string, said: string) => void;
  openArtifact: ((artifact: Artifact, run: Run) => void) | null;
}

export function ResultsTab(props: Props): ReactElement {
  const { model, run, openArtifact } = props;
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
      <PreviewPane
        key={selected.id}
        {...props}
        artifact={selected}
        siblings={artifacts}
        open={openArtifact ? () => openArtifact(selected, run) : undefined}
      />
      <div className="trn-side" role="group" aria-label={trans.__('Artifacts')}>
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
                title={visible(artifact.name)}
                onClick={() => model.select(artifact)}
              >
                <span className="trn-artifact-icon">
                  <Thumbnail artifact={artifact} client={props.client} />
                </span>
                <span className="trn-grow">
                  <bdi className="trn-artifact-name">{visible(cutMiddle(artifact.name, 40))}</bdi>
                  <span className="trn-artifact-facts">{factsOf(artifact)}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
        <Facts artifact={selected} />
      </div>
    </div>
  );
}

function kindOf(artifact: Artifact): string {
  const type = artifact.media_type;
  const known: [RegExp, string][] = [
    [/csv|tab-separated|parquet|arrow|ndjson/, trans.__('table')],
    [/graph|gexf/, trans.__('graph')],
    [/vega|plotly/, trans.__('chart')],
    [/^image\//, trans.__('image')],
    [/markdown/, 'Markdown'],
    [/ipynb/, trans.__('notebook')],
    [/html/, 'HTML'],
    [/json/, 'JSON'],
    [/pdf/, 'PDF'],
    [/^audio\//, trans.__('sound')],
    [/^video\//, trans.__('video')],
    [/zip|x-tar/, trans.__('archive')],
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
  return [...facts, formatBytes(artifact.size), ...(artifact.freed_at ? [trans.__('freed')] : [])].join(' · ');
}

/** What was measured in a file, or what its tool said of it; not how we keep it. */
function measured(name: string, value: unknown): [string, string][] {
  const words: Record<string, string> = {
    rows: trans.__('Rows'),
    columns: trans.__('Columns'),
    width: trans.__('Width'),
    height: trans.__('Height'),
    lines: trans.__('Lines'),
    pages: trans.__('Pages'),
    cells: trans.__('Cells'),
    files: trans.__('Files'),
    nodes: trans.__('Nodes'),
    edges: trans.__('Edges')
  };
  if (name === 'result' || name === 'codec') {
    return [];
  }
  return [[words[name] ?? name, typeof value === 'number' ? formatNumber(value) : showValue(value).slice(0, 200)]];
}

/** When its content was freed, and by which rule. */
function freed(artifact: Artifact): [string, string][] {
  const { freed_at: at, freed_by: by } = artifact;
  return at ? [[trans.__('Freed'), `${formatExact(at)}: ${serverText(by ?? '')}`]] : [];
}

function Facts(props: { artifact: Artifact }): ReactElement {
  const { artifact } = props;
  const facts: [string, string][] = [
    [trans.__('Type'), artifact.media_type],
    [trans.__('Size'), trans._n('%2 byte', '%2 bytes', artifact.size, formatNumber(artifact.size))],
    ...freed(artifact),
    ...Object.entries(artifact.metadata).flatMap(([name, value]) => measured(name, value))
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
