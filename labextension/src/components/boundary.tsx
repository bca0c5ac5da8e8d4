/** Parts that may fail: alone, with words, and with a way on. */

import { Clipboard } from '@jupyterlab/apputils';
import { Component, useEffect, useState, type ComponentType, type ErrorInfo, type ReactElement, type ReactNode } from 'react';

import { trans } from '../translation';
import { Button, Loading } from './basics';

/** A part that is loaded when it is first shown. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let known: ComponentType<P> | null = null;
  return function Later(props: P): ReactElement {
    const [state, setState] = useState<{ Part: ComponentType<P> | null; error: Error | null }>({ Part: known, error: null });
    useEffect(() => {
      let wanted = true;
      if (!known) {
        load().then(
          Part => {
            known = Part;
            if (wanted) {
              setState({ Part, error: null });
            }
          },
          (error: unknown) => wanted && setState({ Part: null, error: new PartMissing(error) })
        );
      }
      return () => void (wanted = false);
    }, []);
    if (state.error !== null) {
      throw state.error;
    }
    const { Part } = state;
    return Part ? <Part {...props} /> : <Loading>{trans.__('Loading the page')}</Loading>;
  };
}

/** The code of a part could not be fetched: no connection, or a server that was updated since. */
class PartMissing extends Error {
  constructor(override readonly cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.name = 'PartMissing';
  }
}

interface BoundaryProps {
  children: ReactNode;
  /** For a whole page, which says more than a part of one. */
  page?: boolean;
}

interface BoundaryState {
  error: Error | null;
  details: string;
}

/** What fails inside says so in its own place and leaves everything else alone. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: null, details: '' };

  static getDerivedStateFromError(error: unknown): Partial<BoundaryState> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.setState({ details: `${stack}\n${info.componentStack ?? ''}\n${window.navigator.userAgent}` });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) {
      return this.props.children;
    }
    const missing = error instanceof PartMissing;
    return (
      <div className="trn-broken-part" role="alert">
        <p>
          <strong>
            {missing
              ? trans.__('A part of the program could not be loaded.')
              : this.props.page === true
                ? trans.__('This page could not be shown.')
                : trans.__('This cannot be shown.')}
          </strong>{' '}
          {missing
            ? trans.__('The connection may be lost, or the server was updated. Your values are kept.')
            : trans.__('Runs, results and your values are kept; the rest of the window works on.')}
        </p>
        {!missing && <p className="trn-quiet">{error.message.slice(0, 500)}</p>}
        <div className="trn-buttons">
          <Button onClick={() => this.setState({ error: null, details: '' })}>{trans.__('Try again')}</Button>
          {missing && <Button onClick={() => window.location.reload()}>{trans.__('Reload the page')}</Button>}
          <Button onClick={() => Clipboard.copyToSystem(this.state.details)}>{trans.__('Copy details')}</Button>
        </div>
      </div>
    );
  }
}
