/** Small state of this person, kept by the server: favourites, saved views. All windows of the person are in step. */

import { ApiError, type ApiClient } from '../api/client';
import type { Preference, PreferenceEvent } from '../api/types';
import type { EventsConnection } from './events';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

export class PreferencesModel extends Model {
  private _kept = new Map<string, Preference>();
  /** What this window has said and the server has not answered yet; undefined for what is to be removed. */
  private readonly _unsaved = new Map<string, unknown>();
  private readonly _saving = new Map<string, Promise<void>>();
  /** Times of the events that came while their key was being saved. */
  private readonly _told = new Map<string, string | null>();
  private _loaded = false;
  private _failure: Failure | null = null;
  private _error: unknown = null;
  private _fetching: Promise<void> | null = null;
  private _next: Promise<void> | null = null;

  constructor(
    private readonly _client: ApiClient,
    events: EventsConnection
  ) {
    super();
    events.preferenceChanged.connect((_, event) => this._hear(event));
    events.gap.connect(() => void this.refresh());
    events.changed.connect(() => {
      if (events.state === 'live' && (this._failure || this._unsaved.size > 0)) {
        void this.refresh();
        this._unsaved.forEach((_value, key) => void this._save(key));
      }
    });
  }

  /** Whether what the server keeps is known. */
  get loaded(): boolean {
    return this._loaded;
  }

  get failure(): Failure | null {
    return this._failure;
  }

  /** What is kept for the key, or was just set in this window; undefined where nothing is. */
  get(key: string): unknown {
    return this._unsaved.has(key) ? this._unsaved.get(key) : this._kept.get(key)?.value;
  }

  /**
   * Keep a JSON-able value; undefined removes it. It shows at once. Without a connection it is sent when there is one
   * again; what the server refuses goes back to what it was, and the promise fails with the server's words.
   */
  set(key: string, value: unknown): Promise<void> {
    this._unsaved.set(key, value);
    this.notify();
    return this._save(key);
  }

  /** Change what is kept, once that is known; fails with what kept it from being known. */
  async update(key: string, change: (value: unknown) => unknown): Promise<void> {
    if (!this._loaded) {
      await this.refresh();
    }
    if (!this._loaded) {
      // What is kept there would be overwritten unseen.
      throw this._error;
    }
    await this.set(key, change(this.get(key)));
  }

  /** Fetch all; calls while one is under way wait for one more, which answers all of them. */
  refresh(): Promise<void> {
    if (this._fetching) {
      this._next ??= this._fetching.then(() => {
        this._next = null;
        return this.refresh();
      });
      return this._next;
    }
    this._fetching = this._fetch().finally(() => {
      this._fetching = null;
    });
    return this._fetching;
  }

  private async _fetch(): Promise<void> {
    try {
      const kept = await this._client.preferences();
      this._kept = new Map(kept.map(preference => [preference.key, preference]));
      this._loaded = true;
      this._failure = null;
    } catch (error) {
      this._error = error;
      this._failure = failureOf(error);
    }
    this.notify();
  }

  private _hear(event: PreferenceEvent): void {
    const time = event.updated_at ?? null;
    if (this._unsaved.has(event.key)) {
      this._told.set(event.key, time);
    } else if ((this._kept.get(event.key)?.updated_at ?? null) !== time) {
      void this.refresh();
    }
  }

  /** One request at a time for each key, so that the last value is the one that stays. */
  private _save(key: string): Promise<void> {
    const running = this._saving.get(key);
    if (running) {
      return running;
    }
    const saving = this._send(key).finally(() => this._saving.delete(key));
    this._saving.set(key, saving);
    return saving;
  }

  private async _send(key: string): Promise<void> {
    while (this._unsaved.has(key)) {
      const value = this._unsaved.get(key);
      try {
        await this._write(key, value);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status >= 500) {
          // Kept in this window, and sent when the connection is back.
          return;
        }
        this._unsaved.delete(key);
        this.notify();
        throw error;
      }
      if (this._unsaved.get(key) === value) {
        this._unsaved.delete(key);
      }
    }
    const told = this._told.get(key);
    this._told.delete(key);
    if (this._fetching || (told !== undefined && told !== (this._kept.get(key)?.updated_at ?? null))) {
      // Somebody else wrote at the same time, or an answer from before is on its way.
      void this.refresh();
    }
    this.notify();
  }

  private async _write(key: string, value: unknown): Promise<void> {
    if (value === undefined) {
      await this._client.deletePreference(key);
      this._kept.delete(key);
    } else {
      this._kept.set(key, await this._client.putPreference(key, value));
    }
  }
}
