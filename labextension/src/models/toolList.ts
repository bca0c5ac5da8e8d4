/** The list of tools as rows: what was searched for, or favourites, recents and categories. */

import type { Run, Tool, ToolName } from '../api/types';
import { isStringArray } from '../logic/json';
import { byCategory, tagsOf, type Tag } from '../logic/toolGroups';
import { trans } from '../translation';
import { Model } from './model';
import type { PreferencesModel } from './preferences';
import type { RecentToolsModel } from './recentTools';
import type { SidebarModel } from './sidebar';
import type { ToolboxesModel } from './toolboxes';
import type { ToolsModel } from './tools';

const FAVOURITES = 'tools.favourites';
const RECENT = 5;

export interface SectionRow {
  readonly kind: 'section';
  readonly key: string;
  readonly title: string;
  readonly count: number;
  readonly open: boolean;
}

export interface ToolRow {
  readonly kind: 'tool';
  readonly key: string;
  readonly tool: Tool;
  readonly favourite: boolean;
  /** What tells it from others: its category among what was found, its toolbox where another has the same name. */
  readonly detail: string;
  /** Among the recents: the tool's newest run. */
  readonly run: Run | null;
  /** Whether it stands below a section. */
  readonly nested: boolean;
  readonly place: number;
  readonly of: number;
}

export type Row = SectionRow | ToolRow;

export class ToolListModel extends Model {
  private _rows: Row[] = [];
  private _isStale = true;
  private _tags: string[] = [];
  private _tagsOpen = false;
  private _active: string | null = null;
  private _problem: ToolName | null = null;
  private _missing: ToolName | null = null;
  private _found = 0;
  private _revealRequest = 0;
  private _formRequest = 0;

  constructor(
    readonly sidebar: SidebarModel,
    readonly tools: ToolsModel,
    private readonly _preferences: PreferencesModel,
    private readonly _recent: RecentToolsModel,
    private readonly _toolboxes: ToolboxesModel,
    /** Told why the favourites could not be changed. */
    private readonly _onRefused: (error: unknown) => void
  ) {
    super();
    for (const model of [sidebar, tools, _preferences, _recent]) {
      model.changed.connect(this._onChange, this);
    }
  }

  get rows(): readonly Row[] {
    if (this._isStale) {
      this._rows = this._makeRows();
      this._isStale = false;
    }
    return this._rows;
  }

  /** How many tools fit the search and the tags. */
  get found(): number {
    return this.rows.length > 0 ? this._found : 0;
  }

  get searching(): boolean {
    return this.sidebar.query.trim() !== '' || this._tags.length > 0;
  }

  // -- the row that the keyboard is at ---------------------------------------------------------------------------------

  get activeIndex(): number {
    return this.rows.findIndex(row => row.key === this._active);
  }

  activate(index: number): void {
    const row = this.rows[Math.max(0, Math.min(index, this.rows.length - 1))];
    this._active = row?.key ?? null;
    this.notify();
  }

  /** Fold or unfold a section, open a tool's form, or say what is wrong with it. */
  choose(row: Row): void {
    this._active = row.key;
    if (row.kind === 'section') {
      this.sidebar.fold(row.key, row.open);
    } else {
      this.open(row.tool);
    }
  }

  /** Open the tool's form, or say what is wrong with it. */
  open(tool: Tool): void {
    this._missing = null;
    this._problem = tool.error ? tool.name : null;
    if (tool.error) {
      this._toolboxes.hide();
      this.sidebar.putListFirst(false);
    } else {
      this.sidebar.open(tool.name);
    }
    this.notify();
  }

  /** Show the first of these tools in the list, with nothing searched for and its category open. */
  reveal(tools: readonly Tool[]): void {
    this._tags = [];
    this.sidebar.setQuery('');
    const names = new Set(tools.map(tool => tool.name));
    for (const { category } of tools) {
      this.sidebar.fold(`category:${category}`, false);
    }
    const row = this.rows.find(one => one.kind === 'tool' && names.has(one.tool.name));
    this._active = row?.key ?? null;
    this._revealRequest += 1;
    this.notify();
  }

  /** Grows when the active row is to be scrolled into sight. */
  get revealRequest(): number {
    return this._revealRequest;
  }

  /** The tool that cannot be read and whose error is shown. */
  get problem(): Tool | null {
    const tool = this._problem === null ? undefined : this.tools.find(this._problem);
    return tool?.error ? tool : null;
  }

  closeProblem(): void {
    this._problem = null;
    this.notify();
  }

  /** The tool that was asked for and is not there. */
  get missing(): ToolName | null {
    return this._missing;
  }

  /** Say in the list that this tool is not there; null: no more. */
  miss(name: ToolName | null): void {
    this._missing = name;
    if (name !== null) {
      this._problem = null;
      this._toolboxes.hide();
      this.sidebar.showList();
    }
    this.notify();
  }

  // -- tags ------------------------------------------------------------------------------------------------------------

  get tagsOpen(): boolean {
    return this._tagsOpen;
  }

  showTags(open: boolean): void {
    this._tagsOpen = open;
    this.notify();
  }

  get chosenTags(): readonly string[] {
    return this._tags;
  }

  /** The tags of what is found now, those that were chosen first, then the most frequent. */
  offeredTags(most: number): Tag[] {
    const tags = tagsOf(this._fitting());
    const chosen = tags.filter(({ name }) => this._tags.includes(name));
    return [...chosen, ...tags.filter(({ name }) => !this._tags.includes(name)).slice(0, most)];
  }

  get hasTags(): boolean {
    return this.tools.tools.some(tool => tool.tags.length > 0);
  }

  toggleTag(name: string): void {
    this._tags = this._tags.includes(name) ? this._tags.filter(tag => tag !== name) : [...this._tags, name];
    this._onChange();
  }

  clearFilters(): void {
    this._tags = [];
    this.sidebar.setQuery('');
  }

  // -- favourites ------------------------------------------------------------------------------------------------------

  get favourites(): string[] {
    const kept = this._preferences.get(FAVOURITES);
    return isStringArray(kept) ? kept : [];
  }

  toggleFavourite(name: ToolName): void {
    this._changeFavourites(names => (names.includes(name) ? names.filter(other => other !== name) : [...names, name]));
  }

  /** One place up or down among the favourites. */
  moveFavourite(name: ToolName, step: 1 | -1): void {
    this._changeFavourites(kept => {
      const names = [...kept];
      const from = names.indexOf(name);
      const to = from + step;
      const other = names[to];
      if (from >= 0 && other !== undefined) {
        names[to] = name;
        names[from] = other;
      }
      return names;
    });
  }

  private _changeFavourites(change: (names: readonly string[]) => string[]): void {
    this._preferences.update(FAVOURITES, kept => change(isStringArray(kept) ? kept : [])).catch(this._onRefused);
  }

  // -- rows ------------------------------------------------------------------------------------------------------------

  private readonly _onChange = (): void => {
    this._isStale = true;
    if (this.sidebar.focusRequest !== this._formRequest) {
      // A form was opened, from wherever: it takes the place of what was shown.
      this._formRequest = this.sidebar.focusRequest;
      this._problem = null;
      this._missing = null;
      this._toolboxes.hide();
    }
    this.notify();
  };

  private _fitting(): Tool[] {
    const found = this.sidebar.query.trim() === '' ? [...this.tools.tools] : this.tools.search(this.sidebar.query);
    return this._tags.length === 0 ? found : found.filter(tool => this._tags.every(tag => tool.tags.includes(tag)));
  }

  private _makeRows(): Row[] {
    const tools = this._fitting();
    this._found = tools.length;
    const favourites = new Set(this.favourites);
    if (this.sidebar.query.trim() !== '') {
      return this._toolRows('found', tools, favourites, { nested: false, withCategory: true });
    }
    const rows: Row[] = [];
    if (this._tags.length === 0) {
      const starred = this.favourites.flatMap(name => this.tools.find(name) ?? []);
      rows.push(...this._section('favourites', trans.__('Favourites'), starred, favourites));
      rows.push(...this._recentRows(favourites));
    }
    for (const category of byCategory(tools)) {
      const title = category.name || trans.__('Other');
      rows.push(...this._section(`category:${category.name}`, title, category.tools, favourites));
    }
    return rows;
  }

  private _recentRows(favourites: ReadonlySet<string>): Row[] {
    const runs = this._recent.runs.filter(run => this.tools.find(run.tool)).slice(0, RECENT);
    const tools = runs.flatMap(run => this.tools.find(run.tool) ?? []);
    const newest = new Map(runs.map(run => [run.tool, run]));
    return this._section('recent', trans.__('Recent'), tools, favourites).map(row =>
      row.kind === 'tool' ? { ...row, run: newest.get(row.tool.name) ?? null } : row
    );
  }

  private _section(key: string, title: string, tools: readonly Tool[], favourites: ReadonlySet<string>): Row[] {
    if (tools.length === 0) {
      return [];
    }
    const open = !this.sidebar.isFolded(key);
    const head: Row = { kind: 'section', key, title, count: tools.length, open };
    return open ? [head, ...this._toolRows(key, tools, favourites, { nested: true, withCategory: false })] : [head];
  }

  private _toolRows(
    section: string,
    tools: readonly Tool[],
    favourites: ReadonlySet<string>,
    how: { nested: boolean; withCategory: boolean }
  ): ToolRow[] {
    return tools.map((tool, at) => ({
      kind: 'tool',
      key: `${section}/${tool.name}`,
      tool,
      favourite: favourites.has(tool.name),
      detail: !this.tools.isAlone(tool) ? tool.toolbox : how.withCategory ? tool.category : '',
      run: null,
      nested: how.nested,
      place: at + 1,
      of: tools.length
    }));
  }
}
