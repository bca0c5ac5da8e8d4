/** Runs that a form names: those whose output is a value, and those that one may wait for. */

import type { ApiClient } from '../api/client';
import type { Artifact, Run, RunId } from '../api/types';
import { mergeRun, mergeRuns } from '../logic/merge';
import type { EventsConnection } from './events';
import { failureOf } from './failure';
import { Model } from './model';

/** Of each kind: those under way, and those that have ended. */
const OFFERED = 30;
const UNDER_WAY = 'running,queued,waiting';
const ENDED = 'succeeded,failed,canceled,skipped';

export class KnownRuns extends Model {
  /** Null for one that is not there. */
  private readonly _known = new Map<RunId, Run | null>();
  private readonly _asked = new Set<RunId>();
  /** Whether a question failed, which says nothing of the run. */
  private _unanswered = false;

  constructor(
    private readonly _client: Pick<ApiClient, 'run' | 'runs'>,
    private readonly _events: EventsConnection
  ) {
    super();
    _events.runChanged.connect(this._onRun, this);
    _events.changed.connect(this._onConnection, this);
  }

  /** Undefined until it is known, which is told then; null where there is none. */
  find(id: RunId): Run | null | undefined {
    const known = this._known.get(id);
    if (known === undefined && !this._asked.has(id)) {
      this._asked.add(id);
      void this._ask(id);
    }
    return known;
  }

  remember(run: Run): void {
    this._known.set(run.id, mergeRun(this._known.get(run.id) ?? null, run));
    this.notify();
  }

  /** Runs under way, the newest first, whose tool, values or number are meant by the words. */
  underWay(words: string): Promise<Run[]> {
    return this._look(words, UNDER_WAY);
  }

  /** The same of runs that have ended. */
  ended(words: string): Promise<Run[]> {
    return this._look(words, ENDED);
  }

  /** What a run has left, or will leave if it does as the last one of its tool did that succeeded. */
  async outputsOf(run: Run): Promise<Artifact[]> {
    const { items } = await this._client.runs({ tool: run.tool, status: 'succeeded', limit: 1 });
    const [last] = items;
    const runs = await Promise.all([this._client.run(run.id), ...(last ? [this._client.run(last.id)] : [])]);
    const byName = new Map(runs.flatMap(each => each.artifacts).map(artifact => [artifact.name, artifact]));
    return [...byName.values()].sort((one, other) => one.name.localeCompare(other.name));
  }

  override dispose(): void {
    this._events.runChanged.disconnect(this._onRun, this);
    this._events.changed.disconnect(this._onConnection, this);
    super.dispose();
  }

  private async _look(words: string, status: string): Promise<Run[]> {
    const number = /^\s*#?(\d+)\s*$/.exec(words)?.[1];
    const [page, named] = await Promise.all([
      this._client.runs({ status, limit: OFFERED, ...(words.trim() === '' || words.includes('#') ? {} : { q: words }) }),
      number === undefined ? null : this._client.run(number).catch(() => null)
    ]);
    const found = number !== undefined && words.includes('#') ? [] : page.items;
    return mergeRuns(found, named && status.split(',').includes(named.status) ? [named] : []);
  }

  private async _ask(id: RunId): Promise<void> {
    try {
      this.remember(await this._client.run(id));
    } catch (error) {
      if (failureOf(error).missing) {
        this._known.set(id, null);
        this.notify();
      } else {
        // Not told, or whoever draws would ask again at once.
        this._asked.delete(id);
        this._unanswered = true;
      }
    }
  }

  /** Whoever looks again asks again. */
  private _onConnection(): void {
    if (this._events.state === 'live' && this._unanswered) {
      this._unanswered = false;
      this.notify();
    }
  }

  private _onRun(_: EventsConnection, run: Run): void {
    if (this._known.has(run.id)) {
      this.remember(run);
    }
  }
}
