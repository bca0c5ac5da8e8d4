/** Text and code, as text. */

import { useMemo, type ReactElement, type ReactNode } from 'react';

import { FailureNotice, Loading } from '../components/basics';
import { Windowed } from '../components/windowed';
import { formatBytes, formatNumber } from '../format';
import { plainLine } from '../logic/log';
import { trans } from '../translation';
import { useText } from './content';
import { FallbackPreview } from './fallback';
import type { Preview, PreviewProps } from './registry';

const ROW = 18;
const LARGEST = 50_000_000;
const LONGEST = 5_000;
const TEXTS = /^text\/|json|xml|yaml|toml|javascript|x-sh|x-python|sql/;

export function TextPreview(props: PreviewProps): ReactElement {
  const { artifact, client } = props;
  const wanted = artifact.size <= LARGEST;
  const { value: text, failure } = useText(client, artifact, wanted);
  const lines = useMemo(() => (text === null ? [] : text.replace(/\n$/, '').split('\n')), [text]);
  if (!wanted) {
    return <FallbackPreview {...props} note={trans.__('%1 are too much to show as text.', formatBytes(artifact.size))} />;
  }
  if (failure) {
    return <FailureNotice failure={failure} />;
  }
  if (text === null) {
    return <Loading>{trans.__('Loading %1', artifact.name)}</Loading>;
  }
  const draw = (from: number, to: number): ReactNode =>
    lines.slice(from, to).map((line, i) => (
      <div key={from + i} className="trn-log-line">
        <span className="trn-log-number">{formatNumber(from + i + 1)}</span>
        <span className="trn-log-text">
          {line.length > LONGEST ? `${plainLine(line.slice(0, LONGEST))}…` : plainLine(line)}
        </span>
      </div>
    ));
  return <Windowed count={lines.length} rowHeight={ROW} label={artifact.name} className="trn-log-lines trn-text-lines" draw={draw} />;
}

export const textPreview: Preview = {
  name: 'text',
  title: () => trans.__('Text'),
  accepts: ({ media_type }) => TEXTS.test(media_type),
  component: TextPreview
};
