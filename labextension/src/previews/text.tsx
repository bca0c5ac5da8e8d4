/** Text and code, as text; a large one part by part. */

import { useMemo, useState, type ReactElement, type ReactNode } from 'react';

import { Button, FailureNotice, IconButton, Loading, Notice } from '../components/basics';
import { BackIcon, CopyIcon } from '../components/icons';
import { Windowed } from '../components/windowed';
import { formatBytes, formatNumber } from '../format';
import { decode, encodingOf } from '../logic/encodings';
import { plainLine } from '../logic/log';
import { trans } from '../translation';
import { useLoaded } from './content';
import type { PreviewProps } from './registry';

const ROW = 18;
const WHOLE = 4 * 2 ** 20;
const PART = 2 ** 20;
/** Bytes of the part after it that are fetched to end its last line. */
const OVER = 65_536;
const LONGEST = 5_000;
const NEWLINE = 10;

interface Part {
  lines: string[];
  encoding: string;
}

export default function TextPreview({ artifact, client, copy }: PreviewProps): ReactElement {
  const parts = artifact.size <= WHOLE ? 1 : Math.ceil(artifact.size / PART);
  const [part, setPart] = useState(0);
  const [chosen, setChosen] = useState('');
  const head = useLoaded(() => client.bytes(artifact.id, 0, Math.max(1, Math.min(artifact.size, OVER))).then(encodingOf), artifact.id);
  const encoding = chosen || head.value;
  const loaded = useLoaded(
    encoding === null || artifact.size === 0 ? null : async () => readPart(await fetchPart(client, artifact, part, parts), part, parts, encoding),
    `${artifact.id}:${part}:${encoding}`
  );
  const problem = (artifact.size > 0 ? head.failure : null) ?? loaded.failure;
  const lines = useMemo(() => loaded.value?.lines ?? [], [loaded.value]);
  if (artifact.size === 0) {
    return <Notice>{trans.__('The file is empty.')}</Notice>;
  }
  if (problem) {
    return <FailureNotice failure={problem} onRetry={head.failure ? head.retry : loaded.retry} />;
  }
  const draw = (from: number, to: number): ReactNode =>
    lines.slice(from, to).map((line, i) => (
      <div key={from + i} className="trn-log-line">
        {parts === 1 && <span className="trn-log-number">{formatNumber(from + i + 1)}</span>}
        <span className="trn-log-text">{line.length > LONGEST ? `${plainLine(line.slice(0, LONGEST))}…` : plainLine(line)}</span>
      </div>
    ));
  return (
    <div className="trn-textview">
      <div className="trn-preview-tools">
        {parts > 1 && <Parts size={artifact.size} part={part} parts={parts} setPart={setPart} />}
        <span className="trn-grow" />
        <label className="trn-quiet">
          {trans.__('Encoding')}{' '}
          <select className="trn-input" value={encoding ?? ''} onChange={event => setChosen(event.target.value)}>
            {[...new Set([encoding ?? '', 'utf-8', 'windows-1251', 'windows-1252', 'koi8-r', 'ibm866', 'utf-16le'])].map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <IconButton label={trans.__('Copy the text')} onClick={() => copy(lines.join('\n'), trans.__('Copied.'))}>
          <CopyIcon />
        </IconButton>
      </div>
      {loaded.value ? (
        <Windowed key={part} count={lines.length} rowHeight={ROW} label={artifact.name} className="trn-log-lines trn-text-lines" draw={draw} />
      ) : (
        <Loading>{trans.__('Loading %1', artifact.name)}</Loading>
      )}
    </div>
  );
}

function Parts(props: { size: number; part: number; parts: number; setPart: (part: number) => void }): ReactElement {
  const { size, part, parts, setPart } = props;
  const where = trans.__('%1 to %2 of %3', formatBytes(part * PART), formatBytes(Math.min(size, (part + 1) * PART)), formatBytes(size));
  return (
    <>
      <IconButton label={trans.__('The part before')} disabled={part === 0} onClick={() => setPart(part - 1)}>
        <BackIcon />
      </IconButton>
      <input
        type="range"
        min={0}
        max={parts - 1}
        value={part}
        aria-label={trans.__('Part of the file')}
        aria-valuetext={where}
        onChange={event => setPart(Number(event.target.value))}
      />
      <Button disabled={part === parts - 1} onClick={() => setPart(part + 1)}>
        {trans.__('The part after')}
      </Button>
      <span className="trn-quiet" role="status">
        {where}
      </span>
    </>
  );
}

async function fetchPart(client: PreviewProps['client'], artifact: PreviewProps['artifact'], part: number, parts: number): Promise<Uint8Array> {
  return parts === 1 ? client.bytes(artifact.id, 0, artifact.size) : client.bytes(artifact.id, part * PART, Math.min(artifact.size, (part + 1) * PART + OVER));
}

/** Whole lines: the one that begins before the part belongs to the part before. */
export function readPart(bytes: Uint8Array, part: number, parts: number, encoding: string): Part {
  const begin = part === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
  const last = parts === 1 || bytes.length <= PART ? -1 : bytes.indexOf(NEWLINE, PART);
  const text = decode(bytes.subarray(begin, last < 0 ? undefined : last), encoding);
  return { lines: text.replace(/\r?\n$/, '').split(/\r?\n/), encoding };
}
