/** The place in content of any height, for the element that scrolls it. */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { tallOf } from '../logic/tall';

export interface TallScroll {
  node: (element: HTMLDivElement | null) => void;
  /** Of the element inside. */
  height: number;
  /** How far the content is scrolled, and how large the window to it is. */
  top: number;
  left: number;
  viewHeight: number;
  viewWidth: number;
  /** Where in the element the content's row at this height is to be drawn. */
  place: (y: number) => number;
  scrollTo: (top: number) => void;
  scrollToLeft: (left: number) => void;
}

/** `content`: height of all rows; `header`: what stays above them. */
export function useTallScroll(content: number, header: number): TallScroll {
  const [box, setBox] = useState<HTMLDivElement | null>(null);
  const [view, setView] = useState({ top: 0, left: 0, bar: 0, width: 600, height: 400 });
  const { height, scale } = tallOf(content, Math.max(1, view.height - header));
  const live = useRef({ top: 0, expected: -1, scale, content, view: view.height - header });
  Object.assign(live.current, { scale, content, view: view.height - header });

  const look = useCallback(() => {
    if (box) {
      setView({ top: live.current.top, left: box.scrollLeft, bar: box.scrollTop, width: box.clientWidth, height: box.clientHeight });
    }
  }, [box]);

  const scrollTo = useCallback(
    (top: number) => {
      const now = live.current;
      now.top = Math.max(0, Math.min(top, now.content - now.view));
      if (box) {
        box.scrollTop = now.top / now.scale;
        now.expected = box.scrollTop;
      }
      look();
    },
    [box, look]
  );

  useEffect(() => {
    if (!box) {
      return;
    }
    const onScroll = (): void => {
      const now = live.current;
      if (now.scale === 1 || Math.abs(box.scrollTop - now.expected) > 1) {
        now.top = box.scrollTop * now.scale;
      }
      now.expected = -1;
      look();
    };
    const onWheel = (event: WheelEvent): void => {
      if (live.current.scale > 1 && event.deltaY !== 0 && !event.ctrlKey && !event.shiftKey) {
        event.preventDefault();
        const step = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
        scrollTo(live.current.top + event.deltaY * step);
      }
    };
    const observer = new ResizeObserver(look);
    observer.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    box.addEventListener('wheel', onWheel, { passive: false });
    look();
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', onScroll);
      box.removeEventListener('wheel', onWheel);
    };
  }, [box, look, scrollTo]);

  useLayoutEffect(() => {
    // Fewer rows than before, after a filter.
    if (live.current.top > Math.max(0, content - live.current.view)) {
      scrollTo(content);
    }
  }, [content, scrollTo]);

  return {
    node: setBox,
    height,
    top: view.top,
    left: view.left,
    viewHeight: Math.max(0, view.height - header),
    viewWidth: view.width,
    place: y => y - view.top + view.bar,
    scrollTo,
    scrollToLeft: left => box && (box.scrollLeft = left)
  };
}
