/** HTML in a frame without an origin. Its scripts run only when asked to; it never asks anybody for anything. */

import { useMemo, useState, type ReactElement } from 'react';

import { FailureNotice, IconButton, LinkButton, Loading } from '../components/basics';
import { CopyIcon } from '../components/icons';
import { SandboxFrame } from '../components/sandboxFrame';
import { outsideLinks, type OutsideLink } from '../logic/outsideLinks';
import { visible } from '../logic/visible';
import { trans } from '../translation';
import { textOf, useLoaded } from './content';
import { withPictures } from './pictures';
import type { PreviewProps } from './registry';

export default function HtmlPreview({ artifact, siblings, client, copy }: PreviewProps): ReactElement {
  const { value: text, failure, retry } = useLoaded(
    async () => withPictures(await textOf(client, artifact), artifact, siblings, client),
    artifact.id
  );
  const [scripts, setScripts] = useState(false);
  const page = useMemo(() => ({ html: text ?? '', scripts }), [text, scripts]);
  const links = useMemo(() => linksOf(text ?? ''), [text]);
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
      {links.length > 0 && <Links links={links} copy={copy} />}
      <SandboxFrame key={String(scripts)} title={artifact.name} page={page} paper />
    </>
  );
}

/** Read by the browser's own parser, which neither runs nor loads anything. */
function linksOf(html: string): OutsideLink[] {
  const page = new DOMParser().parseFromString(html, 'text/html');
  return outsideLinks([...page.querySelectorAll('a[href], area[href]')].map(link => ({ href: link.getAttribute('href') ?? '', text: link.textContent.slice(0, 300) })));
}

/** The frame goes nowhere; where its links lead is written out, so that whoever follows one knows. */
function Links(props: { links: readonly OutsideLink[]; copy: PreviewProps['copy'] }): ReactElement {
  return (
    <details className="trn-outside-links">
      <summary>{trans._n('%1 link to another place', '%1 links to other places', props.links.length)}</summary>
      <ul>
        {props.links.map(({ address, text }) => (
          <li key={address}>
            <IconButton label={trans.__('Copy the link to %1', address)} onClick={() => props.copy(address, trans.__('The link was copied.'))}>
              <CopyIcon />
            </IconButton>
            <a href={address} target="_blank" rel="noopener noreferrer" title={trans.__('Open in a new tab')}>
              {visible(address)}
            </a>
            {text !== '' && <span className="trn-quiet trn-cut">{visible(text)}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}
