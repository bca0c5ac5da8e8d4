/** Sound and moving pictures; the player fetches the parts that it needs. */

import { useState, type ReactElement } from 'react';

import { Notice } from '../components/basics';
import { trans } from '../translation';
import type { PreviewProps } from './registry';

export default function MediaPreview({ artifact, client }: PreviewProps): ReactElement {
  const [broken, setBroken] = useState(false);
  const source = client.mediaUrl(artifact.id);
  if (broken) {
    return <Notice>{trans.__('This browser cannot play %1. Download it to play it elsewhere.', artifact.media_type)}</Notice>;
  }
  const shared = { controls: true, preload: 'metadata', src: source, onError: () => setBroken(true), 'aria-label': artifact.name } as const;
  return <div className="trn-media">{artifact.media_type.startsWith('audio/') ? <audio {...shared} /> : <video {...shared} />}</div>;
}
