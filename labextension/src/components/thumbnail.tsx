/** A small picture of an artifact that is one; of others the sign of their kind. */

import { useEffect, useRef, useState, type ReactElement } from 'react';

import type { ApiClient } from '../api/client';
import type { Artifact } from '../api/types';
import { FileIcon } from './icons';

const SIDE = 96;
const AGAIN_MS = 600;
const PICTURES = /^image\/(png|jpeg|gif|webp|bmp|tiff)$/;

export function Thumbnail({ artifact, client }: { artifact: Artifact; client: ApiClient }): ReactElement {
  const node = useRef<HTMLSpanElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  const isPicture = PICTURES.test(artifact.media_type);
  useEffect(() => {
    if (!node.current || !isPicture) {
      return;
    }
    let made: string | null = null;
    let timer = 0;
    let current = true;
    const look = async (): Promise<void> => {
      // A picture that cannot be made smaller keeps its sign.
      const found = await client.thumbnail(artifact.id, SIDE).catch(() => undefined);
      if (current && found) {
        made = URL.createObjectURL(found.blob);
        setUrl(made);
      } else if (current && found === null) {
        timer = window.setTimeout(() => void look(), AGAIN_MS);
      }
    };
    const observer = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) {
        observer.disconnect();
        void look();
      }
    });
    observer.observe(node.current);
    return () => {
      current = false;
      observer.disconnect();
      window.clearTimeout(timer);
      if (made) {
        URL.revokeObjectURL(made);
      }
    };
  }, [artifact.id, client, isPicture]);
  return <span ref={node}>{url ? <img className="trn-thumbnail" src={url} alt="" /> : <FileIcon mediaType={artifact.media_type} />}</span>;
}
