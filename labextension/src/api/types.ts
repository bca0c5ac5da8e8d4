/** Short names for the generated shapes, and types of their own for ids. */

import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type RunId = Schemas['RunShape']['id'];
export type ToolName = Schemas['ToolShape']['name'];
export type ArtifactId = Schemas['ArtifactShape']['id'];

export type Tool = Schemas['ToolShape'];
export type Toolbox = Schemas['ToolboxShape'];
export type ToolError = Schemas['ToolErrorShape'];
export type Run = Schemas['RunShape'];
export type RunStatus = Schemas['RunStatus'];
export type Reason = Schemas['Reason'];
export type RunError = Schemas['RunErrorShape'];
export type Frame = Schemas['FrameShape'];
export type Attempt = Schemas['AttemptShape'];
export type Artifact = Schemas['ArtifactShape'];
export type Progress = Schemas['ProgressShape'];
export type RunPage = Schemas['RunPage'];
export type RunsBefore = Schemas['RunsBefore'];
export type Priority = Schemas['Priority'];
export type RunChanges = Partial<Schemas['RunChanges']>;
export type TagUse = Schemas['TagShape'];
export type Preset = Schemas['PresetShape'];
export type PresetId = Preset['id'];
export type PresetsEvent = Schemas['PresetsEvent'];
export type FoundArtifact = Schemas['FoundArtifact'];
export type ArtifactPage = Schemas['ArtifactPage'];
export type Upload = Schemas['UploadShape'];
export type UploadLimits = Schemas['UploadLimits'];
export type TablePage = Schemas['TablePage'];
export type Preference = Schemas['PreferenceShape'];
export type PreferenceEvent = Schemas['PreferenceEvent'];
export type TableQuery = NonNullable<operations['get_table']['parameters']['query']>;
export type JsonAnswer = Schemas['JsonAnswer'];
export type JsonNode = Schemas['JsonNode'];
export type JsonPage = Schemas['JsonPage'];
export type Archive = Schemas['Archive'];
export type ArchiveAnswer = Schemas['ArchiveAnswer'];
export type ArchiveEntry = Schemas['ArchiveEntry'];
export type Graph = Schemas['Graph'];
export type GraphAnswer = Schemas['GraphAnswer'];
export type Health = Schemas['Health'];
export type Params = Schemas['RunShape']['params'];
export type ServerMessage = Schemas['ServerMessage'];
export type ClientMessage = Schemas['ClientMessage'];
export type LogLines = Schemas['LogLinesShape'];
export type LogMatches = Schemas['LogMatches'];
export type LogEvent = Schemas['LogEvent'];
export type ErrorDetail = Schemas['ErrorDetail'];
