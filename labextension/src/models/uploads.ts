/** Files on their way to the server: piece by piece, on after a break, and after a reload once the file is named again. */

import type { IStateDB } from '@jupyterlab/statedb';

import { ApiError, OfflineError, type ApiClient } from '../api/client';
import type { ArtifactId, Upload, UploadLimits } from '../api/types';
import { isObject } from '../logic/json';
import { trans } from '../translation';
import { failureOf, type Failure } from './failure';
import { Model } from './model';

const KEY = 'jupyter_toolrunner:uploads';
const PIECE = 4 * 2 ** 20;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/** `unnamed`: it was begun before a reload, and a browser lets nobody open the file again by itself. */
export type UploadState = 'sending' | 'paused' | 'away' | 'unnamed' | 'failed' | 'done';

export interface UploadTask {
  /** Tool and field that it is for. */
  readonly key: string;
  readonly name: string;
  readonly size: number;
  /** Bytes that the server has. */
  readonly sent: number;
  readonly state: UploadState;
  readonly failure: Failure | null;
  /** The value of the field, when it is done. */
  readonly id: ArtifactId | null;
}

interface Kept {
  id: ArtifactId;
  name: string;
  size: number;
  modified: number;
  sent: number;
}

interface Entry extends UploadTask {
  file: File | null;
  modified: number;
  abort: AbortController;
}

export class UploadsModel extends Model {
  private readonly _entries = new Map<string, Entry>();
  private _limits: UploadLimits | null = null;
  private _asked = false;

  constructor(
    private readonly _client: ApiClient,
    private readonly _state: IStateDB | null
  ) {
    super();
    window.addEventListener('online', this._goOn);
    void this._restore();
  }

  get tasks(): readonly UploadTask[] {
    return [...this._entries.values()];
  }

  task(key: string): UploadTask | undefined {
    return this._entries.get(key);
  }

  /** Bytes that one file may have; null until that is known. */
  get limit(): number | null {
    if (!this._asked) {
      this._asked = true;
      void this._askLimits();
    }
    return this._limits?.limit ?? null;
  }

  /** Send a file for a field; one that was begun there before goes on if it is the same. */
  async start(key: string, file: File): Promise<void> {
    const before = this._entries.get(key);
    if (before?.id && before.state !== 'done' && isSame(before, file)) {
      before.abort.abort();
      this._put(before, { file, abort: new AbortController(), state: 'sending', failure: null });
      await this._send(key);
      return;
    }
    if (before) {
      await this.cancel(key);
    }
    const entry: Entry = {
      key,
      name: file.name,
      size: file.size,
      modified: file.lastModified,
      sent: 0,
      state: 'sending',
      failure: null,
      id: null,
      file,
      abort: new AbortController()
    };
    this._put(entry, {});
    await this._send(key);
  }

  pause(key: string): void {
    const entry = this._entries.get(key);
    if (entry && (entry.state === 'sending' || entry.state === 'away')) {
      entry.abort.abort();
      this._put(entry, { state: 'paused' });
    }
  }

  async resume(key: string): Promise<void> {
    const entry = this._entries.get(key);
    if (entry?.file && entry.state !== 'sending') {
      this._put(entry, { state: 'sending', failure: null, abort: new AbortController() });
      await this._send(key);
    }
  }

  /** End it; what was sent is removed from the server. */
  async cancel(key: string): Promise<void> {
    const entry = this._entries.get(key);
    this.forget(key);
    entry?.abort.abort();
    if (entry?.id && entry.state !== 'done') {
      try {
        await this._client.removeUpload(entry.id);
      } catch {
        // What nobody uses goes by itself after a week.
      }
    }
  }

  /** Its value was taken. */
  forget(key: string): void {
    if (this._entries.delete(key)) {
      this._keep();
      this.notify();
    }
  }

  private async _send(key: string): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      const entry = this._entries.get(key);
      const abort = entry?.abort;
      if (!entry?.file || !abort || isAborted(abort)) {
        return;
      }
      try {
        await this._sendAll(key, entry.file, abort.signal);
        return;
      } catch (error) {
        const now = this._entries.get(key);
        if (now?.abort !== abort || isAborted(abort)) {
          return;
        }
        if (error instanceof ApiError && error.status === 404 && now.id) {
          // It lay too long, and was removed.
          this._put(now, { id: null, sent: 0 });
        } else if (error instanceof OfflineError || (error instanceof ApiError && error.status >= 500)) {
          this._put(now, { state: 'away' });
          await delay(pause, abort.signal);
          pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        } else if (!(error instanceof ApiError && error.status === 409)) {
          this._put(now, { state: 'failed', failure: readFailure(error) });
          return;
        }
      }
    }
  }

  /** From what the server has to the end. Throws where a piece did not come through. */
  private async _sendAll(key: string, file: File, signal: AbortSignal): Promise<void> {
    const known = this._entries.get(key)?.id ?? null;
    let upload = known === null ? await this._client.beginUpload(file.name, file.size) : await this._client.upload(known);
    this._told(key, upload);
    while (upload.received < file.size && !upload.digest) {
      signal.throwIfAborted();
      const piece = file.slice(upload.received, upload.received + (upload.piece || PIECE));
      upload = await this._client.writeUpload(upload.id, upload.received, piece, await digestOf(piece), signal);
      this._told(key, upload);
    }
    await this._client.finishUpload(upload.id);
    const entry = this._entries.get(key);
    if (entry && !signal.aborted) {
      this._put(entry, { state: 'done', sent: file.size });
    }
  }

  private _told(key: string, upload: Upload): void {
    const entry = this._entries.get(key);
    if (entry) {
      const state = entry.state === 'away' ? 'sending' : entry.state;
      this._put(entry, { id: upload.id, sent: upload.received, state });
    }
  }

  private _put(entry: Entry, change: Partial<Entry>): void {
    this._entries.set(entry.key, { ...entry, ...change });
    this._keep();
    this.notify();
  }

  private readonly _goOn = (): void => {
    for (const entry of this._entries.values()) {
      if (entry.state === 'away') {
        entry.abort.abort();
        this._put(entry, { state: 'sending', abort: new AbortController() });
        void this._send(entry.key);
      }
    }
  };

  private async _askLimits(): Promise<void> {
    try {
      this._limits = await this._client.uploadLimits();
      this.notify();
    } catch {
      this._asked = false;
    }
  }

  private _keep(): void {
    const kept: Record<string, Kept> = {};
    for (const entry of this._entries.values()) {
      if (entry.id !== null) {
        kept[entry.key] = { id: entry.id, name: entry.name, size: entry.size, modified: entry.modified, sent: entry.sent };
      }
    }
    void this._state?.save(KEY, kept as never);
  }

  private async _restore(): Promise<void> {
    const saved = await this._state?.fetch(KEY);
    for (const [key, kept] of Object.entries(isObject(saved) ? saved : {})) {
      if (isKept(kept) && !this._entries.has(key)) {
        await this._look(key, kept);
      }
    }
  }

  /** What became of an upload of before the reload. */
  private async _look(key: string, kept: Kept): Promise<void> {
    try {
      const upload = await this._client.upload(kept.id);
      const state = upload.digest ? 'done' : 'unnamed';
      this._put({ ...kept, key, file: null, abort: new AbortController(), failure: null, state }, { sent: upload.received });
    } catch (error) {
      if (!(error instanceof ApiError)) {
        this._put({ ...kept, key, file: null, abort: new AbortController(), failure: null, state: 'unnamed' }, {});
      }
    }
  }
}

function isKept(value: unknown): value is Kept {
  return isObject(value) && typeof value.id === 'string' && typeof value.name === 'string' && typeof value.size === 'number';
}

/** Whether it is the file that was begun: a browser tells no more of it without reading it. */
function isSame(entry: Entry, file: File): boolean {
  return entry.name === file.name && entry.size === file.size && entry.modified === file.lastModified;
}

/** Null where the page has no way to compute it: on plain HTTP of another machine. */
async function digestOf(piece: Blob): Promise<string | null> {
  if (!window.isSecureContext) {
    return null;
  }
  const digest = await crypto.subtle.digest('SHA-256', await piece.arrayBuffer());
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}

function readFailure(error: unknown): Failure {
  if (error instanceof DOMException && error.name === 'NotReadableError') {
    const message = trans.__('The file cannot be read any more: it was changed, moved or deleted.');
    return { message, hint: trans.__('Choose it again.'), offline: false, missing: true };
  }
  return failureOf(error);
}

function isAborted(abort: AbortController): boolean {
  return abort.signal.aborted;
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(done => {
    const timer = window.setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      window.clearTimeout(timer);
      done();
    });
  });
}
