/** HTML in a frame without an origin. Its scripts run only when asked to; it never asks anybody for anything. */

import { useMemo, useState, type ReactElement } from 'react';

import { FailureNotice, LinkButton, Loading } from '../components/basics';
import { SandboxFrame } from '../components/sandboxFrame';
import { trans } from '../translation';
import { useText } from './content';
import type { PreviewProps } from './registry';

export default function HtmlPreview({ artifact, client }: PreviewProps): ReactElement {
  const { value: text, failure, retry } = useText(client, artifact);
  const [scripts, setScripts] = useState(false);
  const page = useMemo(() => ({ html: text ?? '', scripts }), [text, scripts]);
  if (failure) {
    return <FailureNotice failure={failure} onRetry={retry} />;
  }
  if (text === null) {
    return <Loading>{trans.__('Loading %1', artifact.name)}</Loading>;
  }
  const asks = /<script|\son\w+\s*=/i.test(text);
  const isFar = /(?:src|href)\s*=\s*["']?\s*(?:https?:)?\/\//i.test(text);
  return (
    <>
      {(asks || isFar) && (
        <p className="trn-preview-note">
          {asks && !scripts && trans.__('Its scripts are off.')} {asks && scripts && trans.__('Its scripts run, apart from everything else.')}{' '}
          {isFar && trans.__('What it would load from other places is left out.')}{' '}
          {asks && (
            <LinkButton onClick={() => setScripts(!scripts)}>{scripts ? trans.__('Turn scripts off') : trans.__('Run its scripts')}</LinkButton>
          )}
        </p>
      )}
      <SandboxFrame key={String(scripts)} title={artifact.name} page={page} paper />
    </>
  );
}
