/** A frame for what a tool wrote: no origin, no network, no way out. */

import { useEffect, useMemo, useRef, type ReactElement } from 'react';

import { framed, sandboxOf, type FramePage } from '../logic/sandbox';

/** What a page of ours says from inside of the frame. */
export interface FrameMessage {
  toolrunner: 'ready' | 'failed' | 'drawn';
  text?: string;
}

export interface SandboxFrameProps {
  title: string;
  page: FramePage;
  /** Told to the page's scripts once they are ready. */
  data?: unknown;
  onMessage?: (message: FrameMessage) => void;
  /** Whether its ground is that of paper, as most pages expect. */
  paper?: boolean;
}

export function SandboxFrame(props: SandboxFrameProps): ReactElement {
  const { page, data, onMessage } = props;
  const frame = useRef<HTMLIFrameElement>(null);
  const source = useMemo(() => framed(page, props.title), [page, props.title]);
  useEffect(() => {
    const inner = (): Window | null => {
      const outer = frame.current?.contentWindow;
      // Until the frame inside is there, asking for it is asking for something of the other origin's own, which throws.
      return outer && outer.length > 0 ? (outer[0] ?? null) : null;
    };
    const onAny = (event: MessageEvent): void => {
      if (event.source === null || event.source !== inner() || !isMessage(event.data)) {
        return;
      }
      if (event.data.toolrunner === 'ready' && data !== undefined) {
        inner()?.postMessage(data, '*');
      }
      onMessage?.(event.data);
    };
    window.addEventListener('message', onAny);
    return () => window.removeEventListener('message', onAny);
  }, [data, onMessage]);
  return (
    <iframe
      ref={frame}
      className="trn-frame"
      data-paper={props.paper || undefined}
      title={props.title}
      sandbox={sandboxOf(page)}
      referrerPolicy="no-referrer"
      srcDoc={source}
    />
  );
}

function isMessage(data: unknown): data is FrameMessage {
  return (
    typeof data === 'object' &&
    data !== null &&
    'toolrunner' in data &&
    ['ready', 'failed', 'drawn'].includes(String(data.toolrunner)) &&
    (!('text' in data) || data.text === undefined || typeof data.text === 'string')
  );
}
