/** One artifact, shown as what it is; how else it can be shown, and what can be done with it. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { useRef, useState, type ReactElement } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact } from '../api/types';
import { cutMiddle, formatBytes, formatExact } from '../format';
import { visible } from '../logic/visible';
import type { Preview, PreviewRegistry } from '../previews';
import { serverText } from '../serverText';
import { trans } from '../translation';
import { Button, IconButton } from './basics';
import { Boundary } from './boundary';
import { DownloadIcon, FullscreenIcon, OpenIcon } from './icons';

export interface PreviewPaneProps {
  artifact: Artifact;
  /** All results of its run. */
  siblings: readonly Artifact[];
  client: ApiClient;
  previews: PreviewRegistry;
  rendermime: IRenderMimeRegistry | null;
  download: (artifact: Artifact) => void;
  copy: (text: string, said: string) => void;
  /** Into a tab of its own. */
  open?: (() => void) | undefined;
}

export function PreviewPane(props: PreviewPaneProps): ReactElement {
  const { artifact, previews, rendermime } = props;
  const fitting = previews.of(artifact, rendermime);
  const [chosen, setChosen] = useState(fitting[0]?.name);
  const pane = useRef<HTMLDivElement>(null);
  const preview: Preview | undefined = fitting.find(({ name }) => name === chosen) ?? fitting[0];
  const fullscreen = (): void => {
    if (document.fullscreenElement) {
      void document.exitFullscreen();
    } else {
      void pane.current?.requestFullscreen();
    }
  };
  return (
    <div ref={pane} className="trn-preview">
      <div className="trn-subhead">
        <h2 title={visible(artifact.name)}>
          <bdi>{visible(cutMiddle(artifact.name, 60))}</bdi>
        </h2>
        {fitting.length > 1 && (
          <div className="trn-toggle" role="group" aria-label={trans.__('Shown as')}>
            {fitting.map(choice => (
              <button key={choice.name} type="button" aria-pressed={choice === preview} onClick={() => setChosen(choice.name)}>
                {choice.title()}
              </button>
            ))}
          </div>
        )}
        <span className="trn-grow" />
        {props.open && (
          <IconButton label={trans.__('Open %1 in a tab of its own', visible(artifact.name))} onClick={props.open}>
            <OpenIcon />
          </IconButton>
        )}
        <IconButton label={trans.__('Full screen')} onClick={fullscreen}>
          <FullscreenIcon />
        </IconButton>
        <IconButton label={trans.__('Download %1', visible(artifact.name))} onClick={() => props.download(artifact)}>
          <DownloadIcon />
        </IconButton>
      </div>
      <div className="trn-preview-body">{preview && <Shown key={preview.name} {...props} preview={preview} />}</div>
    </div>
  );
}

function Shown(props: PreviewPaneProps & { preview: Preview }): ReactElement {
  const { artifact, siblings, preview, client, rendermime, download, copy } = props;
  if (artifact.freed_at) {
    return (
      <div className="trn-fallback">
        <p>{trans.__('This file was freed on %1 by a rule: %2.', formatExact(artifact.freed_at), serverText(artifact.freed_by ?? ''))}</p>
        <p>{trans.__('Run the tool again to make it anew.')}</p>
      </div>
    );
  }
  if (preview.largest !== undefined && artifact.size > preview.largest) {
    return (
      <div className="trn-fallback">
        <p>
          {trans.__(
            'The file has %1; up to %2 are shown in this way. Look at it in another one, or download it.',
            formatBytes(artifact.size),
            formatBytes(preview.largest)
          )}
        </p>
        <Button icon={<DownloadIcon />} onClick={() => download(artifact)}>
          {trans.__('Download')}
        </Button>
      </div>
    );
  }
  return (
    <Boundary>
      <preview.component artifact={artifact} siblings={siblings} client={client} rendermime={rendermime} download={download} copy={copy} />
    </Boundary>
  );
}
