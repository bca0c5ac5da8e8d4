/** Small drawings of one colour, 16 × 16, and the marks of the statuses. */

import type { ReactElement, ReactNode } from 'react';

import type { RunStatus } from '../api/types';

function Icon(props: { children: ReactNode; size?: number }): ReactElement {
  const size = props.size ?? 16;
  return (
    <svg className="trn-icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" focusable="false">
      {props.children}
    </svg>
  );
}

function Line(props: { d: string }): ReactElement {
  return <path d={props.d} fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />;
}

export const SearchIcon = (): ReactElement => <Icon><circle cx="7" cy="7" r="4.3" fill="none" stroke="currentColor" strokeWidth="1.4" /><Line d="M10.3 10.3 14 14" /></Icon>;
export const HistoryIcon = (): ReactElement => <Icon><circle cx="8" cy="8" r="5.8" fill="none" stroke="currentColor" strokeWidth="1.4" /><Line d="M8 4.6V8l2.2 1.6" /></Icon>;
export const CloseIcon = (): ReactElement => <Icon><Line d="M4 4l8 8M12 4l-8 8" /></Icon>;
export const AddIcon = (): ReactElement => <Icon><Line d="M8 3v10M3 8h10" /></Icon>;
export const MinusIcon = (): ReactElement => <Icon><Line d="M3 8h10" /></Icon>;
export const CheckIcon = (): ReactElement => <Icon size={14}><Line d="M3 8.5 6.5 12 13 4.5" /></Icon>;
export const BackIcon = (): ReactElement => <Icon><Line d="M10 3.5 5.5 8l4.5 4.5" /></Icon>;
export const UpIcon = (): ReactElement => <Icon><Line d="M8 13V3.5M4 7l4-4 4 4" /></Icon>;
export const DownIcon = (): ReactElement => <Icon><Line d="M8 3v9.5M4 9l4 4 4-4" /></Icon>;
export const ResetIcon = (): ReactElement => <Icon size={13}><Line d="M3 6.2h6.4a3.6 3.6 0 0 1 0 7.2H6M5.8 3.2 2.8 6.2l3 3" /></Icon>;
export const RetryIcon = (): ReactElement => <Icon><Line d="M13 8a5 5 0 1 1-1.6-3.7M13 2.6v3h-3" /></Icon>;
export const EditIcon = (): ReactElement => <Icon><Line d="M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2zM9.2 4.6l2.2 2.2" /></Icon>;
export const CodeIcon = (): ReactElement => <Icon><Line d="M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5" /></Icon>;
export const CopyIcon = (): ReactElement => <Icon><Line d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" /></Icon>;
export const DownloadIcon = (): ReactElement => <Icon><Line d="M8 2.5v7.3M4.8 7 8 10.2 11.2 7M3 13.3h10" /></Icon>;
export const UploadIcon = (): ReactElement => <Icon><Line d="M8 10.3V3M4.8 6.2 8 3l3.2 3.2M3 13.3h10" /></Icon>;
export const ToEndIcon = (): ReactElement => <Icon><Line d="M8 2.5v7.3M4.8 7 8 10.2 11.2 7M4 13.3h8" /></Icon>;
export const LinkIcon = (): ReactElement => <Icon><Line d="M6.8 9.2a2.6 2.6 0 0 1 0-3.7l2-2a2.6 2.6 0 0 1 3.7 3.7l-1 1M9.2 6.8a2.6 2.6 0 0 1 0 3.7l-2 2a2.6 2.6 0 0 1-3.7-3.7l1-1" /></Icon>;
export const FolderIcon = (): ReactElement => <Icon><Line d="M2.5 12.5v-9h4l1.4 1.6h5.6v7.4z" /></Icon>;
export const CalendarIcon = (): ReactElement => <Icon><Line d="M2.7 4h10.6v9.3H2.7zM2.7 7h10.6M5.5 2.5V5M10.5 2.5V5" /></Icon>;
export const NoneIcon = (): ReactElement => <Icon><circle cx="8" cy="8" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.4" /><Line d="M3.6 12.4l8.8-8.8" /></Icon>;
export const PlayIcon = (): ReactElement => <Icon size={14}><path d="M4.5 2.8v10.4L13 8z" fill="currentColor" /></Icon>;
export const StopIcon = (): ReactElement => <Icon><path d="M4 4h8v8H4z" fill="currentColor" /></Icon>;
export const PauseIcon = (): ReactElement => <Icon><path d="M4 3.5h2.8v9H4zM9.2 3.5H12v9H9.2z" fill="currentColor" /></Icon>;
export const TrashIcon = (): ReactElement => <Icon><Line d="M3 4.5h10M6.2 4.3V2.7h3.6v1.6M4.3 4.7l.6 8.6h6.2l.6-8.6" /></Icon>;
export const ArchiveIcon = (): ReactElement => <Icon><Line d="M2.3 3h11.4v3H2.3zM3.4 6v7.2h9.2V6M6.4 8.7h3.2" /></Icon>;
export const WrapIcon = (): ReactElement => <Icon><Line d="M2.5 4h11M2.5 8h8.7a2 2 0 0 1 0 4.2H8M9.6 10.4 7.8 12.2 9.6 14M2.5 12h2.6" /></Icon>;
export const FitIcon = (): ReactElement => <Icon><Line d="M9.5 2.5h4v4M6.5 13.5h-4v-4M13.3 2.7 9.5 6.5M2.7 13.3l3.8-3.8" /></Icon>;
export const FullscreenIcon = (): ReactElement => <Icon><Line d="M2.7 6V2.7H6M10 2.7h3.3V6M13.3 10v3.3H10M6 13.3H2.7V10" /></Icon>;
export const OpenIcon = (): ReactElement => <Icon><Line d="M9 2.7h4.3V7M13.1 2.9 7.6 8.4M11.5 9.5v3.8H2.7V4.5h3.8" /></Icon>;
export const ErrorIcon = (): ReactElement => <Icon size={14}><path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z" fill="currentColor" /><path d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6" stroke="var(--jp-layout-color1)" strokeWidth="1.5" strokeLinecap="round" /></Icon>;
export const WarningIcon = (): ReactElement => <Icon size={14}><path d="M8 1.8 15 14H1z" fill="currentColor" /><path d="M8 6v4M8 11.6v.6" stroke="var(--jp-layout-color1)" strokeWidth="1.5" strokeLinecap="round" /></Icon>;

export const TagIcon = (): ReactElement => <Icon><Line d="M2.5 2.5h5.2l5.8 5.8-5.2 5.2-5.8-5.8z" /><circle cx="5.3" cy="5.3" r="1" fill="currentColor" /></Icon>;

export function StarIcon(props: { filled: boolean }): ReactElement {
  return (
    <Icon>
      <path d="M8 2.2 9.8 6l4.1.5-3 2.8.8 4.1L8 11.4l-3.7 2 .8-4.1-3-2.8L6.2 6z" fill={props.filled ? 'currentColor' : 'none'} stroke="currentColor" strokeWidth="1.2" strokeLinejoin="round" />
    </Icon>
  );
}
export const QueueIcon = (): ReactElement => <Icon><Line d="M2.5 4h2M6.5 4h7M2.5 8h2M6.5 8h7M2.5 12h2M6.5 12h7" /></Icon>;
export const TableIcon = (): ReactElement => <Icon><Line d="M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M6.2 6.3V13" /></Icon>;
export const PinIcon = (): ReactElement => <Icon><Line d="M6 2.5h4M6.7 2.5v4.2L5 8.8h6L9.3 6.7V2.5M8 8.8v4.7" /></Icon>;
export const ColumnsIcon = (): ReactElement => <Icon><Line d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" /></Icon>;

export function CaretIcon(props: { open: boolean }): ReactElement {
  return (
    <Icon>
      <Line d={props.open ? 'M4.5 6.3 8 9.8l3.5-3.5' : 'M6.3 4.5 9.8 8l-3.5 3.5'} />
    </Icon>
  );
}

/** What a file is, at a glance. */
export function FileIcon(props: { mediaType: string }): ReactElement {
  const type = props.mediaType;
  if (/csv|tab-separated|parquet|arrow|excel|spreadsheet|sqlite/.test(type)) {
    return <Icon><Line d="M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.7h11M6.3 6.3V13" /></Icon>;
  }
  if (/vega|plotly/.test(type)) {
    return <Icon><Line d="M2.5 13.5v-11M2.5 13.5h11M5.6 11V8M8.6 11V4.5M11.6 11V6.5" /></Icon>;
  }
  if (/graph|gexf/.test(type)) {
    return <ToolIcon />;
  }
  if (type.startsWith('image/')) {
    return <Icon><Line d="M2.5 3h11v10h-11zM3 11.5l3-3.3 2.4 2.4 2-1.8 2.6 2.4" /><circle cx="10.5" cy="6" r="1" fill="currentColor" /></Icon>;
  }
  if (/json|python|javascript|xml/.test(type)) {
    return <CodeIcon />;
  }
  return <Icon><Line d="M4 2.5h5.5L12.5 5.5v8H4zM9.3 2.7v3h3" /></Icon>;
}

export function ToolIcon(): ReactElement {
  return (
    <Icon>
      <circle cx="4" cy="4" r="1.9" fill="none" stroke="currentColor" strokeWidth="1.3" />
      <circle cx="12.3" cy="4.6" r="1.9" fill="none" stroke="currentColor" strokeWidth="1.3" />
      <circle cx="7" cy="12" r="1.9" fill="none" stroke="currentColor" strokeWidth="1.3" />
      <Line d="M5.9 4.2l4.5.3M4.7 5.8l1.6 4.4M11.3 6.2 8 10.4" />
    </Icon>
  );
}

/** Drawn as text as well, for the icons of Lab's tabs. */
const SHAPES: Record<RunStatus, string> = {
  waiting:
    '<path d="M4 2h8M4 14h8M5 2v2.4L8 8l3-3.6V2M5 14v-2.4L8 8l3 3.6V14" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"/>',
  queued:
    '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M8 4.4V8l2.4 1.6" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round"/>',
  running:
    '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-opacity=".3" stroke-width="2"/><path class="trn-turn" d="M8 2a6 6 0 0 1 6 6" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>',
  succeeded:
    '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.8 8.2 7 10.4l4.2-4.6" fill="none" stroke="var(--jp-layout-color1)" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/>',
  failed:
    '<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor"/><path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" stroke="var(--jp-layout-color1)" stroke-width="1.7" stroke-linecap="round"/>',
  canceled:
    '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M3.8 12.2l8.4-8.4" stroke="currentColor" stroke-width="1.4"/>',
  skipped:
    '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M5 8h6" stroke="currentColor" stroke-width="1.4" stroke-linecap="round"/>'
};

/** Of a run that took another one's result. */
const REUSED =
  '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M11.5 8.3a3.6 3.6 0 1 1-1.1-2.9l1 1M11.7 3.9v2.6H9.1" fill="none" stroke="var(--jp-layout-color1)" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>';

export function markSvg(status: RunStatus): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16" class="trn-mark" data-status="${status}">${SHAPES[status]}</svg>`;
}

/** Shape and colour of a status; its word stands beside it. */
export function Mark(props: { status: RunStatus; reused?: boolean }): ReactElement {
  return (
    <svg
      className="trn-mark"
      data-status={props.status}
      viewBox="0 0 16 16"
      width="15"
      height="15"
      aria-hidden="true"
      focusable="false"
      // The shapes are the constants above.
      dangerouslySetInnerHTML={{ __html: props.reused && props.status === 'succeeded' ? REUSED : SHAPES[props.status] }}
    />
  );
}
