/** The one client of the REST API: every call of the front end goes through it, typed by the generated OpenAPI types. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import createClient from 'openapi-fetch';

import { stringifyExact } from '../logic/exact';
import type { paths } from './schema';
import type {
  Artifact,
  ArtifactId,
  ErrorDetail,
  Health,
  LogLines,
  LogMatches,
  Params,
  Preference,
  Run,
  RunChanges,
  RunId,
  RunPage,
  RunStatus,
  RunsBefore,
  TablePage,
  TagUse,
  Tool,
  Toolbox,
  ToolName
} from './types';

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

export interface RunFilter {
  /** `me` for the runs of this person. */
  owner?: string;
  tool?: ToolName;
  status?: RunStatus;
  limit?: number;
  cursor?: string;
}

export interface ToolList {
  /** Null where they are those that the tag stands for. */
  readonly tools: Tool[] | null;
  readonly tag: string | null;
  /** How many files were read of how many, while that goes on. */
  readonly reading: { readonly read: number; readonly files: number } | null;
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

  /** A tool with its source, as it is now or in a version that a run was made of. */
  async tool(name: ToolName, version?: string): Promise<Tool> {
    const query = version === undefined ? {} : { version };
    return answer(await this._http.GET('/tools/{name}', { params: { path: { name }, query } }));
  }

  async runs(filter: RunFilter = {}): Promise<RunPage> {
    return answer(await this._http.GET('/runs', { params: { query: filter } }));
  }

  async run(id: RunId): Promise<Run> {
    return answer(await this._http.GET('/runs/{id}', { params: { path: { id } } }));
  }

  /** A repeated submit with the same key is the same run. */
  async submit(tool: ToolName, params: Params, key: string, origin: RunId | null = null): Promise<Run> {
    return answer(
      await this._http.POST('/runs', {
        body: { tool, params, priority: 'default', origin },
        bodySerializer: stringifyExact,
        headers: { 'Idempotency-Key': key }
      })
    );
  }

  /** The runs of the same tool that this one is compared with. */
  async before(id: RunId): Promise<RunsBefore> {
    return answer(await this._http.GET('/runs/{id}/before', { params: { path: { id } } }));
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

  async table(id: ArtifactId, offset: number, limit: number): Promise<TablePage> {
    return answer(
      await this._http.GET('/artifacts/{id}/table', { params: { path: { id }, query: { offset, limit } } })
    );
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

  async health(): Promise<Health> {
    return answer(await this._http.GET('/health'));
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
    try {
      return await ServerConnection.makeRequest(request.url, { method, headers, body }, this.settings);
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

/** The server's own words; where a proxy answered in its place, the status. */
function detailOf(error: unknown, response: Response): ErrorDetail {
  if (typeof error === 'object' && error !== null && 'error' in error) {
    const detail = (error).error;
    if (typeof detail === 'object' && detail !== null && 'message' in detail) {
      return detail as ErrorDetail;
    }
  }
  return { code: 'http', message: `${response.status} ${response.statusText}`.trim(), field: null, hint: null };
}
