/** The one client of the REST API: every call of the front end goes through it, typed by the generated OpenAPI types. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import createClient from 'openapi-fetch';

import { parseExact, stringifyExact } from '../logic/exact';
import type { components, paths } from './schema';
import type {
  AfterRule,
  Batch,
  BatchChange,
  BatchPage,
  CheckedBatch,
  Forecast,
  NewBatch,
  NewBatchAnswer,
  OutcomePage,
  Sheet,
  ArchiveAnswer,
  Artifact,
  ArtifactId,
  ArtifactPage,
  BulkAnswer,
  BulkRequest,
  Cleaning,
  Crew,
  Code,
  Dashboard,
  Destination,
  Durations,
  Earlier,
  ErrorDetail,
  FiringPage,
  FoundArtifact,
  GraphAnswer,
  Health,
  JsonAnswer,
  LogLines,
  LogMatches,
  MoveAnswer,
  NewSchedule,
  Params,
  Preference,
  Preset,
  PresetId,
  Priority,
  QueueRule,
  QueueView,
  RulePreview,
  RuleRequest,
  Run,
  RelatedRuns,
  Retention,
  RunChain,
  RunChanges,
  RunGroup,
  RunId,
  RunPage,
  RunsBefore,
  Schedule,
  ScheduleChanges,
  ScheduleId,
  SchedulePage,
  TablePage,
  TableQuery,
  TagUse,
  Timeline,
  Tool,
  Toolbox,
  ToolName,
  Upload,
  UploadLimits,
  WorkerId,
  WorkerView
} from './types';

type Schemas = components['schemas'];

const API = 'toolrunner/api';

/** An answer that is not a success: what the server said, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: ErrorDetail
  ) {
    super(detail.message);
    this.name = 'ApiError';
  }
}

/** The server could not be reached. */
export class OfflineError extends Error {
  constructor() {
    super('No connection');
    this.name = 'OfflineError';
  }
}

/** The words of the query of `GET runs`. */
export type RunFilter = NonNullable<paths['/runs']['get']['parameters']['query']>;
type GroupQuery = NonNullable<paths['/runs/groups']['get']['parameters']['query']>;

export interface ToolList {
  /** Null where they are those that the tag stands for. */
  readonly tools: Tool[] | null;
  readonly tag: string | null;
  /** How many files were read of how many, while that goes on. */
  readonly reading: { readonly read: number; readonly files: number } | null;
}

export interface Thumbnail {
  blob: Blob;
  /** Of the whole picture. */
  width: number;
  height: number;
}

export interface SubmitOptions {
  /** The run that it is made from. */
  origin?: RunId | null;
  priority?: Priority;
  version?: string | null;
  reuse?: boolean | null;
  /** Runs that it waits for, beside those whose outputs its params name. */
  after?: RunId[];
  rule?: AfterRule;
}

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export class ApiClient {
  readonly settings: ServerConnection.ISettings;
  private readonly _http;

  constructor(settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {
    this.settings = settings;
    this._http = createClient<paths>({
      baseUrl: URLExt.join(settings.baseUrl, API),
      fetch: request => this._send(request)
    });
  }

  /** All tools; those that are known by their tag are not sent again. */
  async tools(tag: string | null): Promise<ToolList> {
    const reply = await this._http.GET('/tools', { headers: tag === null ? {} : { 'If-None-Match': tag } });
    const { headers, status } = reply.response;
    const [, read, files] = /^(\d+)\/(\d+)$/.exec(headers.get('X-Tools-Reading') ?? '') ?? [];
    return {
      tools: status === 304 ? null : answer(reply),
      tag: headers.get('ETag'),
      reading: read === undefined ? null : { read: Number(read), files: Number(files) }
    };
  }

  async toolboxes(): Promise<Toolbox[]> {
    return answer(await this._http.GET('/toolboxes'));
  }

  async addToolbox(path: string): Promise<Toolbox> {
    return answer(await this._http.POST('/toolboxes', { body: { path } }));
  }

  async removeToolbox(id: string): Promise<void> {
    answer(await this._http.DELETE('/toolboxes/{id}', { params: { path: { id } } }));
  }

  /** Show a notebook as it is now, with its outputs; one of the same path is replaced. */
  async publish(notebook: Record<string, unknown>, path: string): Promise<Dashboard> {
    return answer(await this._http.POST('/dashboards', { body: { notebook, path, title: '', name: '' } }));
  }

  /** Where people open a dashboard; all of them without a name. */
  dashboardUrl(name = ''): string {
    return new URL(`toolrunner/dashboards/${encodeURIComponent(name)}`, this.settings.baseUrl).href;
  }

  /** A tool with its source, as it is now or in a version that a run was made of. */
  async tool(name: ToolName, version?: string): Promise<Tool> {
    const query = version === undefined ? {} : { version };
    return answer(await this._http.GET('/tools/{name}', { params: { path: { name }, query } }));
  }

  /** The files that a tool runs: as it is now, or as it was in a version. */
  async code(name: ToolName, version?: string): Promise<Code> {
    const query = version === undefined ? {} : { version };
    return answer(await this._http.GET('/tools/{name}/code', { params: { path: { name }, query } }));
  }

  async runs(filter: RunFilter = {}): Promise<RunPage> {
    return answer(await this._http.GET('/runs', { params: { query: filter } }));
  }

  async timeline(filter: RunFilter): Promise<Timeline> {
    return answer(await this._http.GET('/runs/timeline', { params: { query: filter } }));
  }

  async groups(filter: GroupQuery): Promise<RunGroup[]> {
    return answer(await this._http.GET('/runs/groups', { params: { query: filter } }));
  }

  /** How long runs of these tools usually take. */
  async durations(tools: readonly ToolName[]): Promise<Durations> {
    const tool = tools.map(name => (name.includes(',') ? `"${name}"` : name)).join(',');
    return answer(await this._http.GET('/runs/durations', { params: { query: { tool } } }));
  }

  /** The same with many runs; each says what became of it. */
  async bulk(request: BulkRequest): Promise<BulkAnswer> {
    const { action, ids = null, where = null, tags = [], priority = null } = request;
    return answer(await this._http.POST('/runs/bulk', { body: { action, ids, where, tags, priority } }));
  }

  /** What is due first comes first. */
  async schedules(query: { q?: string; limit?: number; run?: RunId } = {}): Promise<SchedulePage> {
    return answer(await this._http.GET('/schedules', { params: { query } }));
  }

  /** With its next ten firings. */
  async schedule(id: ScheduleId): Promise<Schedule> {
    return answer(await this._http.GET('/schedules/{id}', { params: { path: { id } } }));
  }

  async addSchedule(schedule: NewSchedule): Promise<Schedule> {
    return answer(await this._http.POST('/schedules', { body: schedule, bodySerializer: toJson }));
  }

  async changeSchedule(id: ScheduleId, changes: ScheduleChanges): Promise<Schedule> {
    // What is left out stays; the generated type has every word with its default.
    const body = changes as Required<ScheduleChanges>;
    return answer(await this._http.PATCH('/schedules/{id}', { params: { path: { id } }, body, bodySerializer: toJson }));
  }

  async pauseSchedule(id: ScheduleId): Promise<Schedule> {
    return answer(await this._http.POST('/schedules/{id}/pause', { params: { path: { id } } }));
  }

  async resumeSchedule(id: ScheduleId): Promise<Schedule> {
    return answer(await this._http.POST('/schedules/{id}/resume', { params: { path: { id } } }));
  }

  async removeSchedule(id: ScheduleId): Promise<void> {
    answer(await this._http.DELETE('/schedules/{id}', { params: { path: { id } } }));
  }

  /** What became of the due times of a schedule, the latest first. */
  async firings(id: ScheduleId, limit: number): Promise<FiringPage> {
    return answer(await this._http.GET('/schedules/{id}/firings', { params: { path: { id }, query: { limit } } }));
  }

  /** What a rule means; nothing is kept. */
  async previewSchedule(rule: RuleRequest): Promise<RulePreview> {
    return answer(await this._http.POST('/schedules/preview', { body: rule }));
  }

  /** Holds, limits, and some of the runs that wait in the order in which they start. */
  async queue(query: { offset?: number; limit?: number; owner?: string } = {}): Promise<QueueView> {
    return answer(await this._http.GET('/queue', { params: { query } }));
  }

  /** Null for the whole queue. */
  async holdQueue(tool: ToolName | null, note: string): Promise<QueueRule> {
    return answer(await this._http.POST('/queue/hold', { body: { tool, note } }));
  }

  async releaseQueue(tool: ToolName | null): Promise<QueueRule> {
    return answer(await this._http.POST('/queue/release', { body: { tool } }));
  }

  /** Put runs that wait before or behind another one of their owner, or to an end of this owner's runs. */
  async moveRuns(ids: RunId[], to: Destination, beside: RunId | null = null): Promise<MoveAnswer> {
    return answer(await this._http.POST('/queue/move', { body: { ids, to, beside } }));
  }

  async batches(query: { limit?: number; before?: number } = {}): Promise<BatchPage> {
    return answer(await this._http.GET('/batches', { params: { query } }));
  }

  async batch(id: string): Promise<Batch> {
    return answer(await this._http.GET('/batches/{id}', { params: { path: { id } } }));
  }

  /** How long it is until all of it has ended. */
  async batchForecast(id: string): Promise<Forecast> {
    return answer(await this._http.GET('/batches/{id}/forecast', { params: { path: { id } } }));
  }

  /** What came of each row. */
  async outcomes(id: string, query: { limit: number; after: number; status?: string }): Promise<OutcomePage> {
    return answer(await this._http.GET('/batches/{id}/outcomes', { params: { path: { id }, query } }));
  }

  /** What a batch would be; nothing is kept. */
  async checkBatch(batch: NewBatch): Promise<CheckedBatch> {
    return answer(await this._http.POST('/batches/check', { body: batch as Required<NewBatch>, bodySerializer: toJson }));
  }

  async submitBatch(batch: NewBatch, key: string): Promise<NewBatchAnswer> {
    const headers = { 'Idempotency-Key': key };
    return answer(await this._http.POST('/batches', { body: batch as Required<NewBatch>, bodySerializer: toJson, headers }));
  }

  async cancelBatch(id: string): Promise<BatchChange> {
    return answer(await this._http.POST('/batches/{id}/cancel', { params: { path: { id } } }));
  }

  /** Have what failed or was canceled run again, of the code that it was made of or of the tool as it is now. */
  async retryBatch(id: string, code: 'kept' | 'now'): Promise<BatchChange> {
    return answer(await this._http.POST('/batches/{id}/retry', { params: { path: { id }, query: { code } } }));
  }

  batchTableUrl(id: string): string {
    return this._url(`batches/${encodeURIComponent(id)}/table`);
  }

  /** Read a CSV file or a sheet of Excel, and find the field that each column is. */
  async readTable(tool: ToolName, file: File): Promise<Sheet> {
    const url = `${this._url(`tools/${encodeURIComponent(tool)}/table`)}?${new URLSearchParams({ name: file.name }).toString()}`;
    const response = await this._request(url, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file });
    const body: unknown = await response.json().catch(() => null);
    return answer(response.ok ? { data: body as Sheet, response } : { error: body, response });
  }

  async workers(): Promise<WorkerView[]> {
    return answer(await this._http.GET('/workers'));
  }

  async drainWorker(id: WorkerId): Promise<WorkerView> {
    return answer(await this._http.POST('/workers/{id}/drain', { params: { path: { id } } }));
  }

  async stopWorker(id: WorkerId): Promise<WorkerView> {
    return answer(await this._http.POST('/workers/{id}/stop', { params: { path: { id } } }));
  }

  async crew(): Promise<Crew> {
    return answer(await this._http.GET('/workers/scale'));
  }

  async scaleCrew(workers: number): Promise<Crew> {
    return answer(await this._http.POST('/workers/scale', { body: { workers } }));
  }

  async run(id: RunId): Promise<Run> {
    return answer(await this._http.GET('/runs/{id}', { params: { path: { id } } }));
  }

  /** The run with every digit of its params. */
  async exactRun(id: RunId): Promise<Run> {
    return exactly(await this._http.GET('/runs/{id}', { params: { path: { id } }, parseAs: 'text' })) as Run;
  }

  /** A repeated submit with the same key is the same run. */
  async submit(
    tool: ToolName,
    params: Params,
    key: string,
    { origin = null, priority = 'default', version = null, reuse = null, after = [], rule = 'all_succeeded' }: SubmitOptions = {}
  ): Promise<Run> {
    return answer(
      await this._http.POST('/runs', {
        body: { tool, params, priority, origin, version, after, rule, reuse },
        bodySerializer: toJson,
        headers: { 'Idempotency-Key': key }
      })
    );
  }

  /** The run that was the same as one with these params would be, whose result that could take. */
  async earlier(tool: ToolName, params: Params): Promise<Earlier> {
    return answer(
      await this._http.POST('/tools/{name}/earlier', { params: { path: { name: tool } }, body: { params }, bodySerializer: toJson })
    );
  }

  /** How long one run with these params will take; whatever the params where they are null. */
  async forecast(tool: ToolName, params: Params | null): Promise<Forecast> {
    return answer(
      await this._http.POST('/tools/{name}/forecast', { params: { path: { name: tool } }, body: { runs: 1, params }, bodySerializer: toJson })
    );
  }

  /** The runs of the same tool that this one is compared with. */
  async before(id: RunId): Promise<RunsBefore> {
    return answer(await this._http.GET('/runs/{id}/before', { params: { path: { id } } }));
  }

  /** Runs that were made one from the other, this one among them; the newest first. */
  async related(id: RunId): Promise<RelatedRuns> {
    return answer(await this._http.GET('/runs/{id}/related', { params: { path: { id } } }));
  }

  async chain(id: RunId): Promise<RunChain> {
    return answer(await this._http.GET('/runs/{id}/chain', { params: { path: { id } } }));
  }

  /** Tags and note at any time; values and priority only while the run waits. */
  async edit(id: RunId, changes: RunChanges): Promise<Run> {
    return answer(
      await this._http.PATCH('/runs/{id}', {
        params: { path: { id } },
        // What is left out stays; the generated type has every word with its default.
        body: changes as Required<RunChanges>,
        bodySerializer: stringifyExact
      })
    );
  }

  /** The tags in use, those of the newest runs first. */
  async tags(): Promise<TagUse[]> {
    return answer(await this._http.GET('/tags'));
  }

  async cancel(id: RunId): Promise<Run> {
    return answer(await this._http.POST('/runs/{id}/cancel', { params: { path: { id } } }));
  }

  async retry(id: RunId): Promise<Run> {
    return answer(await this._http.POST('/runs/{id}/retry', { params: { path: { id } } }));
  }

  /** Lines of a log from anywhere in it; a negative first one counts from the end. */
  async logLines(id: RunId, attempt: number | null, first: number, count: number): Promise<LogLines> {
    const query = { first, count, ...(attempt === null ? {} : { attempt }) };
    return answer(await this._http.GET('/runs/{id}/log/lines', { params: { path: { id }, query } }));
  }

  /** The lines from this byte on that hold the text, some megabytes at a time. */
  async searchLog(id: RunId, attempt: number | null, q: string, offset: number): Promise<LogMatches> {
    const query = { q, offset, ...(attempt === null ? {} : { attempt }) };
    return answer(await this._http.GET('/runs/{id}/log/search', { params: { path: { id }, query } }));
  }

  async artifacts(id: RunId): Promise<Artifact[]> {
    return answer(await this._http.GET('/runs/{id}/artifacts', { params: { path: { id } } }));
  }

  async artifact(id: ArtifactId): Promise<Blob> {
    return answer(
      await this._http.GET('/artifacts/{id}', { params: { path: { id } }, parseAs: 'blob' })
    );
  }

  /** Of runs that succeeded, newest first. */
  async findArtifacts(query: { accept?: string; name?: string; limit?: number; cursor?: string }): Promise<ArtifactPage> {
    return answer(await this._http.GET('/artifacts', { params: { query } }));
  }

  /** What an artifact or an upload is called, and which run made it. */
  async describeArtifact(id: ArtifactId): Promise<FoundArtifact> {
    return answer(await this._http.GET('/artifacts/{id}/facts', { params: { path: { id } } }));
  }

  async presets(tool: ToolName): Promise<Preset[]> {
    return exactly(await this._http.GET('/presets', { params: { query: { tool } }, parseAs: 'text' })) as Preset[];
  }

  async savePreset(preset: Schemas['NewPreset']): Promise<Preset> {
    return exactly(
      await this._http.POST('/presets', { body: preset, bodySerializer: toJson, parseAs: 'text' })
    ) as Preset;
  }

  async changePreset(id: PresetId, change: Partial<Schemas['PresetChange']>): Promise<Preset> {
    return exactly(
      await this._http.PATCH('/presets/{id}', {
        params: { path: { id } },
        body: { name: null, params: null, shared: null, ...change },
        bodySerializer: toJson,
        parseAs: 'text'
      })
    ) as Preset;
  }

  async setDefaultPreset(tool: ToolName, preset: PresetId | null): Promise<Preset[]> {
    return exactly(await this._http.PUT('/presets/default', { body: { tool, preset }, parseAs: 'text' })) as Preset[];
  }

  async deletePreset(id: PresetId): Promise<Preset> {
    return exactly(await this._http.DELETE('/presets/{id}', { params: { path: { id } }, parseAs: 'text' })) as Preset;
  }

  async uploadLimits(): Promise<UploadLimits> {
    return answer(await this._http.GET('/uploads'));
  }

  async beginUpload(name: string, size: number): Promise<Upload> {
    return answer(await this._http.POST('/uploads', { body: { name, size } }));
  }

  async upload(id: ArtifactId): Promise<Upload> {
    return answer(await this._http.GET('/uploads/{id}', { params: { path: { id } } }));
  }

  async finishUpload(id: ArtifactId): Promise<Upload> {
    return answer(await this._http.POST('/uploads/{id}/finish', { params: { path: { id } } }));
  }

  async removeUpload(id: ArtifactId): Promise<void> {
    answer(await this._http.DELETE('/uploads/{id}', { params: { path: { id } } }));
  }

  /** Send the piece of a file that begins at `offset`. */
  async writeUpload(id: ArtifactId, offset: number, piece: Blob, digest: string | null, signal: AbortSignal): Promise<Upload> {
    const query = new URLSearchParams({ offset: String(offset), ...(digest === null ? {} : { digest }) });
    const url = `${this._url(`uploads/${encodeURIComponent(id)}`)}?${query.toString()}`;
    const headers = { 'Content-Type': 'application/octet-stream' };
    const response = await this._request(url, { method: 'PUT', headers, body: piece, signal });
    const body: unknown = await response.json().catch(() => null);
    return answer(response.ok ? { data: body as Upload, response } : { error: body, response });
  }

  /** Rows of a table; fewer than asked for while the server still reads the file. */
  async table(id: ArtifactId, query: TableQuery): Promise<TablePage> {
    return answer(await this._http.GET('/artifacts/{id}/table', { params: { path: { id }, query } }));
  }

  /** A value of a JSON file with some of its children; the whole one where `at` is null. */
  async json(id: ArtifactId, at: number | null, offset: number, limit: number): Promise<JsonAnswer> {
    const query = at === null ? { offset, limit } : { at, offset, limit };
    return answer(await this._http.GET('/artifacts/{id}/json', { params: { path: { id }, query } }));
  }

  async archive(id: ArtifactId): Promise<ArchiveAnswer> {
    return answer(await this._http.GET('/artifacts/{id}/entries', { params: { path: { id } } }));
  }

  async graph(id: ArtifactId): Promise<GraphAnswer> {
    return answer(await this._http.GET('/artifacts/{id}/graph', { params: { path: { id } } }));
  }

  /** A picture of about this size; null while the server makes it. */
  async thumbnail(id: ArtifactId, size: number): Promise<Thumbnail | null> {
    const reply = await this._http.GET('/artifacts/{id}/thumbnail', {
      params: { path: { id }, query: { size } },
      parseAs: 'blob'
    });
    const blob: Blob = answer(reply);
    const [width, height] = (reply.response.headers.get('X-Image-Size') ?? '').split('x').map(Number);
    return reply.response.status === 202 ? null : { blob, width: width ?? 0, height: height ?? 0 };
  }

  /** Bytes of an artifact, the last of them before `end`. */
  async bytes(id: ArtifactId, start: number, end: number): Promise<Uint8Array> {
    const reply = await this._http.GET('/artifacts/{id}', {
      params: { path: { id } },
      headers: { Range: `bytes=${start}-${end - 1}` },
      parseAs: 'arrayBuffer'
    });
    const found = new Uint8Array(answer(reply));
    return reply.response.status === 206 ? found : found.slice(start, end);
  }

  async preferences(): Promise<Preference[]> {
    return answer(await this._http.GET('/preferences'));
  }

  async putPreference(key: string, value: unknown): Promise<Preference> {
    return answer(await this._http.PUT('/preferences/{key}', { params: { path: { key } }, body: { value } }));
  }

  async deletePreference(key: string): Promise<void> {
    answer(await this._http.DELETE('/preferences/{key}', { params: { path: { key } } }));
  }

  async retention(): Promise<Retention> {
    return answer(await this._http.GET('/retention'));
  }

  /** What the rules would free now. */
  async lookAtCleaning(): Promise<Cleaning> {
    return answer(await this._http.POST('/retention/clean', { body: { dry_run: true } }));
  }

  /** Free it; nobody can bring it back. */
  async clean(): Promise<Cleaning> {
    return answer(await this._http.POST('/retention/clean', { body: { dry_run: false } }));
  }

  async health(): Promise<Health> {
    return answer(await this._http.GET('/health'));
  }

  /** For an element that fetches by itself, as a player does. */
  mediaUrl(id: ArtifactId): string {
    const { token, appendToken } = this.settings;
    const query = appendToken && token ? `?token=${encodeURIComponent(token)}` : '';
    return this._url(`artifacts/${encodeURIComponent(id)}`) + query;
  }

  artifactUrl(id: ArtifactId, download = false): string {
    return this._url(`artifacts/${encodeURIComponent(id)}`) + (download ? '?download=1' : '');
  }

  logUrl(id: RunId, attempt: number | null): string {
    const query = attempt === null ? '' : `?attempt=${attempt}`;
    return this._url(`runs/${encodeURIComponent(id)}/log`) + query;
  }

  get runsUrl(): string {
    return this._url('runs');
  }

  eventsUrl(last: string | null): string {
    const { wsUrl, token, appendToken } = this.settings;
    const query = new URLSearchParams();
    if (last !== null) {
      query.set('last', last);
    }
    if (appendToken && token) {
      query.set('token', token);
    }
    const text = query.toString();
    return URLExt.join(wsUrl, API, 'events') + (text ? `?${text}` : '');
  }

  private _url(path: string): string {
    return URLExt.join(this.settings.baseUrl, API, path);
  }

  private async _send(request: Request): Promise<Response> {
    const { method } = request;
    const headers: Record<string, string> = {};
    request.headers.forEach((value, name) => (headers[name] = value));
    const body = method === 'GET' ? undefined : await request.text();
    return this._request(request.url, { method, headers, body });
  }

  private async _request(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this.settings);
    } catch (error) {
      if (error instanceof ServerConnection.NetworkError) {
        throw new OfflineError();
      }
      throw error;
    }
  }
}

function answer<T>(reply: Reply<T>): T {
  if (reply.response.ok) {
    return reply.data as T;
  }
  throw new ApiError(reply.response.status, detailOf(reply.error, reply.response));
}

function toJson(body: unknown): string {
  return stringifyExact(body);
}

/** The answer's text, with integers of any size. */
function exactly(reply: Reply<string>): unknown {
  return parseExact(answer(reply));
}

/** The server's own words; where a proxy answered in its place, the status. */
function detailOf(error: unknown, response: Response): ErrorDetail {
  if (typeof error === 'object' && error !== null && 'error' in error) {
    const detail = (error).error;
    if (typeof detail === 'object' && detail !== null && 'message' in detail) {
      return detail as ErrorDetail;
    }
  }
  return { code: 'http', message: `${response.status} ${response.statusText}`.trim(), field: null, hint: null, problems: null };
}
