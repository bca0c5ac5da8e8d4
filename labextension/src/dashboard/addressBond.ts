/** A view's state in the address of the page: a reload, a link and the way back show the same. */

import { isObject } from '../logic/json';
import { Bond } from '../widgets/bond';
import { NAMES, readState, type ViewState } from '../widgets/viewState';

/** What is too long for an address, or known without it. */
const LEFT_OUT: ReadonlySet<keyof ViewState> = new Set(['description', 'snapshot', 'instance', 'place', 'kind']);
const LONGEST = 16_000;

export class AddressBond extends Bond {
  private _state: ViewState;

  constructor(
    private readonly _name: string,
    private readonly _published: ViewState
  ) {
    super();
    this._state = this._read();
    window.addEventListener('popstate', this._onPop);
  }

  get state(): ViewState {
    return this._state;
  }

  get isLive(): boolean {
    return false;
  }

  set(change: Partial<ViewState>): void {
    this._state = { ...this._state, ...change };
    this._write();
    this.notify();
  }

  ask(): void {
    // There is no kernel.
  }

  override dispose(): void {
    window.removeEventListener('popstate', this._onPop);
    super.dispose();
  }

  private readonly _onPop = (): void => {
    this._state = this._read();
    this.notify();
  };

  private _read(): ViewState {
    const kept = new URLSearchParams(window.location.search).get(this._name);
    try {
      const said: unknown = kept === null ? {} : JSON.parse(kept);
      return readState({ ...this._published, ...this._allowed(said) }) ?? this._published;
    } catch {
      return this._published;
    }
  }

  /** Anybody may have made a link: it chooses values of what was published, and no other tool where one was. */
  private _allowed(said: unknown): Partial<Record<keyof ViewState, unknown>> {
    if (!isObject(said)) {
      return {};
    }
    const names = NAMES.filter(name => !LEFT_OUT.has(name) && (name !== 'tool' || this._published.tool === ''));
    return Object.fromEntries(names.filter(name => Object.hasOwn(said, name)).map(name => [name, said[name]]));
  }

  private _write(): void {
    const changed = NAMES.filter(name => !LEFT_OUT.has(name) && JSON.stringify(this._state[name]) !== JSON.stringify(this._published[name]));
    const address = new URL(window.location.href);
    if (changed.length > 0) {
      address.searchParams.set(this._name, JSON.stringify(Object.fromEntries(changed.map(name => [name, this._state[name]]))));
    } else {
      address.searchParams.delete(this._name);
    }
    if (address.search.length <= LONGEST) {
      window.history.replaceState(window.history.state, '', address);
    }
  }
}
