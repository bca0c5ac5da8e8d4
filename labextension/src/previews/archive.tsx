/** What an archive holds; nothing of it is unpacked. */

import { useMemo, useState, type ReactElement, type ReactNode } from 'react';

import type { Archive, ArchiveEntry } from '../api/types';
import { FailureNotice, Loading, Notice } from '../components/basics';
import { Windowed } from '../components/windowed';
import { formatBytes, formatNumber } from '../format';
import { visible } from '../logic/visible';
import { trans } from '../translation';
import { useMade } from './content';
import type { PreviewProps } from './registry';

const ROW = 24;

export default function ArchivePreview({ artifact, client }: PreviewProps): ReactElement {
  const { value, failure, done, retry } = useMade(() => client.archive(artifact.id), artifact.id);
  if (failure) {
    return <FailureNotice failure={failure} onRetry={retry} />;
  }
  if (!value) {
    return <Loading>{trans.__('Reading %1: %2%', artifact.name, Math.round(done * 100))}</Loading>;
  }
  return value.total === 0 ? <Notice>{trans.__('The archive is empty.')}</Notice> : <Listing archive={value} name={artifact.name} />;
}

function Listing({ archive, name }: { archive: Archive; name: string }): ReactElement {
  const [query, setQuery] = useState('');
  const entries = useMemo(
    () => archive.entries.filter(entry => entry.name.toLowerCase().includes(query.toLowerCase())),
    [archive, query]
  );
  const draw = (from: number, to: number): ReactNode => entries.slice(from, to).map((entry, i) => <Entry key={from + i} entry={entry} index={from + i} />);
  return (
    <div className="trn-archive">
      <div className="trn-preview-tools">
        <input
          type="search"
          className="trn-input"
          value={query}
          placeholder={trans.__('Find a name')}
          aria-label={trans.__('Find a name')}
          onChange={event => setQuery(event.target.value)}
        />
        <span className="trn-quiet" role="status">
          {[
            trans._n('%2 entry', '%2 entries', archive.total, formatNumber(archive.total) + (archive.whole ? '' : '+')),
            trans.__('%1 when unpacked', formatBytes(archive.unpacked)),
            ...(archive.entries.length < archive.total ? [trans.__('the first %1 are listed', formatNumber(archive.entries.length))] : [])
          ].join(' · ')}
        </span>
      </div>
      {archive.suspicious && (
        <p className="trn-preview-warning">{trans.__('This archive grows enormously when it is unpacked. Unpack it only where that does no harm.')}</p>
      )}
      {archive.outside && (
        <p className="trn-preview-warning">{trans.__('Some names lead out of the folder: a careless program would write there.')}</p>
      )}
      <Windowed
        count={entries.length}
        rowHeight={ROW}
        label={name}
        className="trn-table-rows"
        table={{ rows: entries.length + 1, columns: 4 }}
        header={
          <div className="trn-archive-row trn-table-head" role="row" aria-rowindex={1}>
            <span role="columnheader">{trans.__('Name')}</span>
            <span role="columnheader" data-number>
              {trans.__('Size')}
            </span>
            <span role="columnheader">{trans.__('Changed')}</span>
            <span role="columnheader">{trans.__('Note')}</span>
          </div>
        }
        draw={draw}
      />
    </div>
  );
}

function Entry({ entry, index }: { entry: ArchiveEntry; index: number }): ReactElement {
  const note = entry.kind === 'link' ? trans.__('link to %1', visible(entry.note)) : entry.note === 'encrypted' ? trans.__('encrypted') : '';
  return (
    <div className="trn-archive-row" role="row" aria-rowindex={index + 2} data-outside={entry.outside || undefined}>
      <span role="cell" title={visible(entry.name)}>
        <bdi>{visible(entry.name)}</bdi>
      </span>
      <span role="cell" data-number>
        {entry.kind === 'folder' ? '' : formatBytes(entry.size)}
      </span>
      <span role="cell">{entry.modified?.replace('T', ' ').slice(0, 16) ?? ''}</span>
      <span role="cell">{entry.outside ? trans.__('leads out of the folder') : entry.kind === 'device' ? trans.__('device') : note}</span>
    </div>
  );
}
