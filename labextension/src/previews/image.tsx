/** Images, drawn as images: an SVG's scripts do not run in one. */

import { useEffect, useState, type ReactElement } from 'react';

import { FailureNotice, IconButton, Loading } from '../components/basics';
import { AddIcon, FitIcon } from '../components/icons';
import { trans } from '../translation';
import { useLoaded } from './content';
import type { Preview, PreviewProps } from './registry';

const SHOWN = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml', 'image/bmp', 'image/avif', 'image/x-icon'];
const STEP = 1.25;

function ImagePreview({ artifact, client }: PreviewProps): ReactElement {
  const { value: blob, failure } = useLoaded(() => client.artifact(artifact.id), artifact.id);
  const [url, setUrl] = useState<string | null>(null);
  const [zoom, setZoom] = useState<number | null>(null);
  const [natural, setNatural] = useState<{ width: number; height: number } | null>(null);
  useEffect(() => {
    if (!blob) {
      return;
    }
    const made = URL.createObjectURL(new Blob([blob], { type: artifact.media_type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob, artifact.media_type]);
  if (failure) {
    return <FailureNotice failure={failure} />;
  }
  if (!url) {
    return <Loading>{trans.__('Loading %1', artifact.name)}</Loading>;
  }
  const width = zoom !== null && natural ? natural.width * zoom : undefined;
  return (
    <div className="trn-image">
      <div className="trn-image-tools">
        <IconButton label={trans.__('Fit')} pressed={zoom === null} onClick={() => setZoom(null)}>
          <FitIcon />
        </IconButton>
        <IconButton label={trans.__('Smaller')} onClick={() => setZoom((zoom ?? 1) / STEP)}>
          <span aria-hidden="true">−</span>
        </IconButton>
        <IconButton label={trans.__('Larger')} onClick={() => setZoom((zoom ?? 1) * STEP)}>
          <AddIcon />
        </IconButton>
        <span className="trn-quiet">{zoom === null ? '' : `${Math.round(zoom * 100)}%`}</span>
        {natural && <span className="trn-quiet">{`${natural.width} × ${natural.height}`}</span>}
      </div>
      <div className="trn-image-box" data-fit={zoom === null || undefined} tabIndex={0} role="region" aria-label={artifact.name}>
        <img
          src={url}
          alt={artifact.name}
          style={{ width }}
          onLoad={event => setNatural({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })}
        />
      </div>
    </div>
  );
}

export const imagePreview: Preview = {
  name: 'image',
  title: () => trans.__('Image'),
  accepts: ({ media_type }) => SHOWN.includes(media_type),
  component: ImagePreview
};
