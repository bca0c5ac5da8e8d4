/** Buttons, states in words, time that passes. */

import { useEffect, useState, type ReactElement, type ReactNode } from 'react';

import type { Failure } from '../models/failure';
import { formatAgo, formatExact } from '../format';
import { trans } from '../translation';

interface ButtonProps {
  children?: ReactNode;
  icon?: ReactNode;
  primary?: boolean;
  disabled?: boolean;
  title?: string | undefined;
  autoFocus?: boolean;
  onClick: () => void;
}

export function Button(props: ButtonProps): ReactElement {
  return (
    <button
      type="button"
      className={props.primary ? 'trn-button trn-primary' : 'trn-button'}
      title={props.title}
      disabled={props.disabled}
      autoFocus={props.autoFocus}
      onClick={props.onClick}
    >
      {props.icon}
      {props.children !== undefined && <span>{props.children}</span>}
    </button>
  );
}

export function IconButton(props: {
  label: string;
  pressed?: boolean;
  disabled?: boolean;
  children: ReactNode;
  onClick: () => void;
}): ReactElement {
  return (
    <button
      type="button"
      className="trn-icon-button"
      title={props.label}
      aria-label={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

/** A name that leads somewhere. */
export function LinkButton(props: { children: ReactNode; title?: string; onClick: () => void }): ReactElement {
  return (
    <button type="button" className="trn-link" title={props.title} onClick={props.onClick}>
      {props.children}
    </button>
  );
}

/** What is said where nothing can be shown. */
export function Notice(props: { children: ReactNode }): ReactElement {
  return (
    <p className="trn-notice" role="status">
      {props.children}
    </p>
  );
}

/** Said only when it takes longer than one notices. */
export function Loading(props: { children: ReactNode }): ReactElement | null {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(true), 300);
    return () => window.clearTimeout(timer);
  }, []);
  return shown ? <Notice>{props.children}</Notice> : null;
}

export function FailureNotice(props: { failure: Failure; kept?: string; onRetry?: () => void }): ReactElement {
  const { failure, onRetry } = props;
  return (
    <div className="trn-failure" role="alert">
      <p>
        {failure.message} {failure.hint} {props.kept}
      </p>
      {onRetry && <LinkButton onClick={onRetry}>{trans.__('Try again')}</LinkButton>}
    </div>
  );
}

/** The time now, moving on in steps; null keeps it still. */
export function useNow(step: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (step === null) {
      return;
    }
    setNow(Date.now());
    const timer = window.setInterval(() => setNow(Date.now()), step);
    return () => window.clearInterval(timer);
  }, [step]);
  return now;
}

/** How long ago; the exact time with its zone on hover. */
export function Ago(props: { time: string; now: number }): ReactElement {
  return (
    <time dateTime={props.time} title={formatExact(props.time)}>
      {formatAgo(props.time, props.now)}
    </time>
  );
}

/** Width of an element, followed. */
export function useSize(node: HTMLElement | null): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(() => setSize({ width: node.clientWidth, height: node.clientHeight }));
    observer.observe(node);
    return () => observer.disconnect();
  }, [node]);
  return size;
}
