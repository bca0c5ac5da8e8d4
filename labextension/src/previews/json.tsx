/** JSON as a tree of any size: the server reads what one opens. Values stand as they are written in the file. */

import { useState, type FormEvent, type ReactElement } from 'react';

import type { ApiClient } from '../api/client';
import type { ArtifactId, JsonNode, JsonPage } from '../api/types';
import { FailureNotice, IconButton, LinkButton, Loading } from '../components/basics';
import { BackIcon, CaretIcon, CopyIcon } from '../components/icons';
import { formatBytes, formatNumber } from '../format';
import { visible } from '../logic/visible';
import { trans } from '../translation';
import { useMade } from './content';
import type { PreviewProps } from './registry';

const PAGE = 100;
/** Children up to which a value is open from the start. */
const OPEN = 20;

interface Source {
  client: ApiClient;
  id: ArtifactId;
  copy: PreviewProps['copy'];
}

export default function JsonPreview({ artifact, client, copy }: PreviewProps): ReactElement {
  const { value, failure, done, retry } = useMade(() => client.json(artifact.id, null, 0, PAGE), artifact.id);
  if (failure) {
    return <FailureNotice failure={failure} onRetry={retry} />;
  }
  if (!value) {
    return <Loading>{trans.__('Reading %1: %2%', artifact.name, Math.round(done * 100))}</Loading>;
  }
  const source = { client, id: artifact.id, copy };
  return (
    <div className="trn-json" tabIndex={0} role="region" aria-label={artifact.name}>
      {value.items.length > 0 ? (
        <>
          <p className="trn-quiet">{branchFacts(value)}</p>
          <Page source={source} parent={value} path="" page={value} depth={0} />
        </>
      ) : (
        <Leaf node={value} />
      )}
    </div>
  );
}

function Children(props: { source: Source; parent: JsonNode; path: string; depth: number }): ReactElement {
  const { source, parent } = props;
  const { value, failure, retry } = useMade(() => source.client.json(source.id, parent.at, 0, PAGE), `${source.id}:${parent.at}`);
  if (failure) {
    return <FailureNotice failure={failure} onRetry={retry} />;
  }
  return value ? <Page {...props} page={value} /> : <Loading>{trans.__('Loading')}</Loading>;
}

/** Some of the children at once, however many there are. */
function Page(props: { source: Source; parent: JsonNode; path: string; page: JsonPage; depth: number }): ReactElement {
  const { source, parent, path, depth } = props;
  const [offset, setOffset] = useState(0);
  const other = useMade(() => (offset === 0 ? Promise.resolve({ state: 'ready' as const, done: 1, value: props.page }) : source.client.json(source.id, parent.at, offset, PAGE)), `${parent.at}:${offset}`);
  const count = parent.count ?? 0;
  const items = other.value?.items ?? [];
  return (
    <>
      {count > PAGE && <Pager count={count} offset={offset} setOffset={setOffset} />}
      {other.failure && <FailureNotice failure={other.failure} onRetry={other.retry} />}
      <ul className="trn-tree">
        {items.map((item, i) => (
          <Node key={item.at} source={source} node={item} index={offset + i} path={path} depth={depth} />
        ))}
      </ul>
    </>
  );
}

function Pager(props: { count: number; offset: number; setOffset: (offset: number) => void }): ReactElement {
  const { count, offset, setOffset } = props;
  const [text, setText] = useState('');
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = Number(text);
    if (Number.isInteger(wanted) && text.trim() !== '') {
      setOffset(Math.max(0, Math.min(count - 1, wanted)));
    }
  };
  return (
    <form className="trn-tree-pager" onSubmit={onSubmit}>
      <IconButton label={trans.__('The ones before')} disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
        <BackIcon />
      </IconButton>
      <span role="status">{trans.__('%1 to %2 of %3', formatNumber(offset), formatNumber(Math.min(count, offset + PAGE) - 1), formatNumber(count))}</span>
      <LinkButton onClick={() => setOffset(Math.min(offset + PAGE, count - 1))}>{trans.__('The next ones')}</LinkButton>
      <input className="trn-input" inputMode="numeric" value={text} placeholder={trans.__('Go to number')} aria-label={trans.__('Go to number')} onChange={event => setText(event.target.value)} />
    </form>
  );
}

function Node(props: { source: Source; node: JsonNode; index: number; path: string; depth: number }): ReactElement {
  const { source, node, index, depth } = props;
  const [open, setOpen] = useState(depth === 0 && (node.count ?? 0) > 0 && (node.count ?? 0) <= OPEN);
  const path = node.key === null ? `${props.path}/${index}` : `${props.path}/${node.key.replace(/~/g, '~0').replace(/\//g, '~1')}`;
  const key = <span className={node.key === null ? 'trn-tree-index' : 'trn-tree-key'}>{node.key === null ? formatNumber(index) : <bdi>{visible(node.key)}</bdi>}</span>;
  const copies = (
    <span className="trn-tree-copy">
      <IconButton label={trans.__('Copy the path %1', path)} onClick={() => source.copy(path, trans.__('Copied.'))}>
        <CopyIcon />
      </IconButton>
    </span>
  );
  if (node.count === null || node.count === 0) {
    return (
      <li className="trn-tree-leaf">
        {key}: <Leaf node={node} />
        {copies}
      </li>
    );
  }
  return (
    <li>
      <button type="button" className="trn-tree-branch" aria-expanded={open} onClick={() => setOpen(!open)}>
        <CaretIcon open={open} />
        {key}: <span className="trn-quiet">{branchFacts(node)}</span>
      </button>
      {copies}
      {open && (
        <div className="trn-tree-inside">
          <Children source={source} parent={node} path={path} depth={depth + 1} />
        </div>
      )}
    </li>
  );
}

function branchFacts(node: JsonNode): string {
  const count = node.count ?? 0;
  return node.kind === 'array' ? trans._n('%2 item', '%2 items', count, formatNumber(count)) : trans._n('%2 key', '%2 keys', count, formatNumber(count));
}

function Leaf({ node }: { node: JsonNode }): ReactElement {
  const text = node.text ?? (node.kind === 'array' ? '[]' : '{}');
  return (
    <span className="trn-tree-value" data-type={node.kind}>
      <bdi>{visible(readable(text, node))}</bdi>
      {node.cut && <span className="trn-quiet">{` … ${formatBytes(node.bytes)}`}</span>}
    </span>
  );
}

/** A text with its letters instead of their escapes; a number as it is written. */
function readable(text: string, node: JsonNode): string {
  if (node.kind !== 'string' || node.cut) {
    return text;
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
