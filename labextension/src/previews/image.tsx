/** Pictures, drawn as pictures: an SVG's scripts do not run in one. Of a huge one the server makes a smaller one. */

import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact } from '../api/types';
import { FailureNotice, IconButton, Loading, Notice } from '../components/basics';
import { AddIcon, FitIcon } from '../components/icons';
import { formatNumber } from '../format';
import { imageSizeOf } from '../logic/imageSize';
import { trans } from '../translation';
import { useLoaded, useMade } from './content';
import type { PreviewProps } from './registry';

const STEP = 1.25;
const LARGEST_ZOOM = 32;
/** What a browser decodes by itself: more pixels fill its memory. */
const MOST_PIXELS = 30_000_000;
const MOST_BYTES = 40_000_000;
const MOST_SVG_BYTES = 20_000_000;
const SMALLER = 4096;
const OWN = /png|jpeg|gif|webp|bmp|avif|icon/;

interface Picture {
  blob: Blob;
  /** Of the whole picture, where it is another one that is shown. */
  whole?: { width: number; height: number };
}

export default function ImagePreview({ artifact, client }: PreviewProps): ReactElement {
  const isOwn = useLoaded(() => canDecode(client, artifact), artifact.id);
  if (isOwn.failure) {
    return <FailureNotice failure={isOwn.failure} onRetry={isOwn.retry} />;
  }
  if (isOwn.value === null) {
    return <Loading>{trans.__('Loading %1', artifact.name)}</Loading>;
  }
  return isOwn.value ? <OwnPicture artifact={artifact} client={client} /> : <SmallerPicture artifact={artifact} client={client} />;
}

async function canDecode(client: ApiClient, artifact: Artifact): Promise<boolean> {
  if (artifact.media_type === 'image/svg+xml') {
    return artifact.size <= MOST_SVG_BYTES;
  }
  if (!OWN.test(artifact.media_type) || artifact.size > MOST_BYTES || artifact.size === 0) {
    return false;
  }
  const size = imageSizeOf(await client.bytes(artifact.id, 0, Math.min(artifact.size, 262_144)));
  // Icons and AVIF do not say; they are small.
  return size ? size.width * size.height <= MOST_PIXELS : /avif|icon/.test(artifact.media_type) && artifact.size < 2_000_000;
}

function OwnPicture({ artifact, client }: { artifact: Artifact; client: ApiClient }): ReactElement {
  const { value, failure, retry } = useLoaded(
    async () => ({ blob: new Blob([await client.artifact(artifact.id)], { type: artifact.media_type }) }),
    artifact.id
  );
  return failure ? <FailureNotice failure={failure} onRetry={retry} /> : <Shown artifact={artifact} picture={value} />;
}

function SmallerPicture({ artifact, client }: { artifact: Artifact; client: ApiClient }): ReactElement {
  const { value, failure, retry } = useMade(async () => {
    const made = await client.thumbnail(artifact.id, SMALLER);
    const picture = made && { blob: made.blob, whole: { width: made.width, height: made.height } };
    return { state: made ? ('ready' as const) : ('reading' as const), done: made ? 1 : 0, value: picture };
  }, artifact.id);
  return failure ? <FailureNotice failure={failure} onRetry={retry} /> : <Shown artifact={artifact} picture={value} />;
}

function Shown({ artifact, picture }: { artifact: Artifact; picture: Picture | null }): ReactElement {
  const [url, setUrl] = useState<string | null>(null);
  const [zoom, setZoom] = useState<number | null>(null);
  const [natural, setNatural] = useState<{ width: number; height: number } | null>(null);
  const [broken, setBroken] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    if (!picture) {
      return;
    }
    const made = URL.createObjectURL(picture.blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [picture]);
  const whole = picture?.whole ?? natural;
  const fitted = (): number => (image.current && whole ? image.current.clientWidth / Math.max(1, whole.width) : 1);
  const scale = (factor: number): void => setZoom(Math.max(0.01, Math.min(LARGEST_ZOOM, (zoom ?? fitted()) * factor)));
  useEffect(() => {
    const node = box.current;
    const onWheel = (event: WheelEvent): void => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        scale(event.deltaY < 0 ? STEP : 1 / STEP);
      }
    };
    node?.addEventListener('wheel', onWheel, { passive: false });
    return () => node?.removeEventListener('wheel', onWheel);
  });
  if (broken) {
    return <Notice>{trans.__('The picture is damaged, or of a kind that this browser does not know.')}</Notice>;
  }
  if (!picture || !url) {
    return <Loading>{trans.__('Loading %1', artifact.name)}</Loading>;
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const actions: Record<string, () => void> = {
      '+': () => scale(STEP),
      '=': () => scale(STEP),
      '-': () => scale(1 / STEP),
      '0': () => setZoom(null),
      '1': () => setZoom(1)
    };
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  };
  return (
    <div className="trn-image">
      <div className="trn-preview-tools">
        <IconButton label={trans.__('Fit')} pressed={zoom === null} onClick={() => setZoom(null)}>
          <FitIcon />
        </IconButton>
        <IconButton label={trans.__('Actual size')} pressed={zoom === 1} onClick={() => setZoom(1)}>
          <span aria-hidden="true">1:1</span>
        </IconButton>
        <IconButton label={trans.__('Smaller')} onClick={() => scale(1 / STEP)}>
          <span aria-hidden="true">−</span>
        </IconButton>
        <IconButton label={trans.__('Larger')} onClick={() => scale(STEP)}>
          <AddIcon />
        </IconButton>
        <span className="trn-quiet">{zoom === null ? '' : `${Math.round(zoom * 100)}%`}</span>
        {whole && <span className="trn-quiet">{`${formatNumber(whole.width)} × ${formatNumber(whole.height)}`}</span>}
        {picture.whole && natural && picture.whole.width > natural.width && (
          <span className="trn-quiet">
            {trans.__('Shown with %1 × %2 pixels; the file has all of them.', formatNumber(natural.width), formatNumber(natural.height))}
          </span>
        )}
      </div>
      <div
        ref={box}
        className="trn-image-box"
        data-fit={zoom === null || undefined}
        tabIndex={0}
        role="region"
        aria-label={artifact.name}
        onKeyDown={onKeyDown}
        onPointerDown={onDrag}
        onDoubleClick={() => setZoom(zoom === null ? 1 : null)}
      >
        <img
          ref={image}
          src={url}
          alt={artifact.name}
          draggable={false}
          data-large={(zoom ?? 0) > 2 || undefined}
          style={zoom !== null && whole ? { width: whole.width * zoom } : undefined}
          onError={() => setBroken(true)}
          onLoad={event => setNatural({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })}
        />
      </div>
    </div>
  );
}

/** The picture follows the hand. */
function onDrag(event: PointerEvent<HTMLDivElement>): void {
  const box = event.currentTarget;
  if (event.button !== 0 || event.pointerType === 'touch') {
    return;
  }
  const start = { x: event.clientX + box.scrollLeft, y: event.clientY + box.scrollTop };
  box.setPointerCapture(event.pointerId);
  const onMove = (move: globalThis.PointerEvent): void => box.scrollTo(start.x - move.clientX, start.y - move.clientY);
  const onUp = (): void => {
    box.removeEventListener('pointermove', onMove);
    box.removeEventListener('pointerup', onUp);
    box.removeEventListener('pointercancel', onUp);
  };
  box.addEventListener('pointermove', onMove);
  box.addEventListener('pointerup', onUp);
  box.addEventListener('pointercancel', onUp);
}
