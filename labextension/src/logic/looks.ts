/** Looks at the server, one at a time: with events that come all the time, a slow one would never be heard to the end. */
export class Looks {
  private _current: Promise<void> | null = null;
  private _next: Promise<void> | null = null;

  constructor(private readonly _look: () => Promise<void>) {}

  /** Whether another one follows the one that is under way. */
  get anotherFollows(): boolean {
    return this._next !== null;
  }

  /** Resolves after a look that began no sooner than now: all who ask while one is under way share the next one. */
  again(): Promise<void> {
    if (this._current === null) {
      this._current = this._look().finally(() => (this._current = null));
      return this._current;
    }
    this._next ??= this._current.then(() => {
      this._next = null;
      return this.again();
    });
    return this._next;
  }
}
