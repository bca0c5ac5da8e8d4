/** A batch before it runs: its table with every cell that is wrong, or the values that are swept over. */

import { useId, useRef, useState, type DragEvent, type ReactElement } from 'react';

import type { CellProblem } from '../api/types';
import { formatNumber } from '../format';
import { showValue } from '../logic/json';
import { formSchema } from '../logic/schema';
import { visible } from '../logic/visible';
import type { BatchDraft, Table } from '../models/batchDraft';
import { useModel } from '../models/model';
import { trans } from '../translation';
import { Button, FailureNotice, IconButton, LinkButton, Loading } from './basics';
import { forecastText, rowExplained, runsText, sourceText } from './batchWords';
import { BackIcon, ErrorIcon, PlayIcon, UploadIcon } from './icons';
import { Windowed, type WindowHandle } from './windowed';

const ROW = 32;
const COLUMN = 140;
const TOLD = 8;

export function NewBatch(props: { draft: BatchDraft; onLeave: () => void }): ReactElement {
  const { draft } = props;
  useModel(draft);
  return (
    <>
      <div className="trn-head">
        <div className="trn-head-row">
          <IconButton label={trans.__('All batches')} onClick={props.onLeave}>
            <BackIcon />
          </IconButton>
          <h1>{draft.kind === 'table' ? trans.__('%1 for a table', draft.tool.title) : trans.__('%1 over values', draft.tool.title)}</h1>
        </div>
      </div>
      {draft.failure && <FailureNotice failure={draft.failure} onRetry={() => void draft.check()} />}
      {draft.kind === 'table' ? <TablePart draft={draft} /> : <SweepPart draft={draft} />}
      <Foot draft={draft} />
    </>
  );
}

function Foot({ draft }: { draft: BatchDraft }): ReactElement | null {
  const { checked } = draft;
  const id = useId();
  if (!checked) {
    return null;
  }
  const problems = checked.problems.length + checked.more;
  return (
    <div className="trn-batch-foot">
      <p role="status" title={sourceText(checked.forecast)}>
        {problems > 0 ? (
          <span className="trn-error">
            <ErrorIcon /> {trans._n('%2 value needs a change before anything runs.', '%2 values need a change before anything runs.', problems, formatNumber(problems))}
          </span>
        ) : (
          <strong>
            {runsText(checked.rows)}, {forecastText(checked.forecast)}
          </strong>
        )}
      </p>
      <label htmlFor={id}>{trans.__('Name')}</label>
      <input id={id} className="trn-batch-name" maxLength={200} placeholder={draft.ownTitle} value={draft.title} onChange={event => draft.setTitle(event.currentTarget.value)} />
      <Button icon={<PlayIcon />} primary disabled={!draft.canSubmit || draft.sending} onClick={() => void draft.submit()}>
        {draft.sending ? trans.__('Sending…') : trans._n('Run %2', 'Run all %2', checked.rows, formatNumber(checked.rows))}
      </Button>
    </div>
  );
}

// -- a table -----------------------------------------------------------------------------------------------------------

function TablePart({ draft }: { draft: BatchDraft }): ReactElement {
  const [over, setOver] = useState(false);
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) {
      void draft.read(file);
    }
  };
  const { table } = draft;
  return (
    <>
      <div
        className="trn-batch-source"
        data-over={over || undefined}
        onDragOver={event => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <FileButton draft={draft} />
        <p className="trn-quiet">
          {table ? trans.__('%1: %2', visible(table.file), trans._n('%2 row', '%2 rows', table.cells.length, formatNumber(table.cells.length))) : trans.__('A CSV file or a sheet of Excel with a row for each run; drop it here, or choose it. Columns that are named as the fields are found by themselves.')}
        </p>
      </div>
      <Common draft={draft} />
      {draft.reading && <Loading>{trans.__('Reading the table')}</Loading>}
      {table && <Grid draft={draft} table={table} />}
    </>
  );
}

function FileButton({ draft }: { draft: BatchDraft }): ReactElement {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.tsv,.txt,.xlsx,.xlsm"
        onChange={event => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) {
            void draft.read(file);
          }
        }}
      />
      <Button icon={<UploadIcon />} autoFocus primary={!draft.table} disabled={draft.reading} onClick={() => input.current?.click()}>
        {draft.table ? trans.__('Another table') : trans.__('Choose a table')}
      </Button>
    </>
  );
}

/** Values of the form, which all runs have. */
function Common({ draft }: { draft: BatchDraft }): ReactElement | null {
  const taken = new Set(draft.table?.fields ?? []);
  const secret = formSchema(draft.tool.params_schema, draft.common).properties;
  const common = Object.entries(draft.common).filter(([name]) => !taken.has(name));
  if (common.length === 0) {
    return null;
  }
  return (
    <p className="trn-batch-common trn-quiet">
      {trans.__('All runs have, from the form: %1', common.map(([name, value]) => `${draft.labelOf(name)} ${secret[name]?.['x-secret'] === true ? trans.__('not shown') : visible(showValue(value))}`).join(', '))}
    </p>
  );
}

function Grid({ draft, table }: { draft: BatchDraft; table: Table }): ReactElement {
  const handle = useRef<WindowHandle | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const columns = { gridTemplateColumns: `56px repeat(${table.names.length}, minmax(0, 1fr))`, minWidth: 56 + table.names.length * COLUMN };
  const goTo = ({ row, field }: CellProblem): void => {
    const column = table.fields.indexOf(field.split(/[.[]/)[0] ?? '');
    handle.current?.scrollToRow(row - 1);
    // Drawn by then.
    window.setTimeout(() => box.current?.querySelector<HTMLElement>(`[data-cell="${row - 1},${Math.max(0, column)}"]`)?.focus(), 50);
  };
  const problems = draft.checked?.problems ?? [];
  return (
    <>
      {problems.length > 0 && (
        <ul className="trn-batch-problems" aria-label={trans.__('What is wrong')}>
          {problems.slice(0, TOLD).map(problem => (
            <li key={`${problem.row} ${problem.field}`}>
              <LinkButton onClick={() => goTo(problem)}>{problem.field === '' ? trans.__('Data row %1', problem.row) : trans.__('Data row %1, %2', problem.row, draft.labelOf(problem.field))}</LinkButton>: {problem.message}
            </li>
          ))}
          {problems.length > TOLD && <li className="trn-quiet">{trans._n('and %2 more', 'and %2 more', problems.length - TOLD + (draft.checked?.more ?? 0), formatNumber(problems.length - TOLD + (draft.checked?.more ?? 0)))}</li>}
        </ul>
      )}
      <div className="trn-batch-grid" ref={box}>
        <Windowed
          className="trn-batch-cells"
          label={trans.__('Rows of the table')}
          count={table.cells.length}
          rowHeight={ROW}
          handle={handle}
          table={{ rows: table.cells.length + 1, columns: table.names.length + 1 }}
          header={
            <div className="trn-batch-line trn-batch-head" role="row" style={columns}>
              <span role="columnheader" title={rowExplained()}>
                {trans.__('Row')}
              </span>
              {table.names.map((name, column) => (
                <span key={name} role="columnheader" className="trn-batch-column">
                  <span className="trn-cut" title={visible(name)}>
                    {visible(name)}
                  </span>
                  <select aria-label={trans.__('Field of the column %1', visible(name))} value={table.fields[column] ?? ''} onChange={event => draft.setField(column, event.currentTarget.value || null)}>
                    <option value="">{trans.__('not used')}</option>
                    {draft.fields.map(field => (
                      <option key={field} value={field}>
                        {draft.labelOf(field)}
                      </option>
                    ))}
                  </select>
                </span>
              ))}
            </div>
          }
          draw={(from, to) => Array.from({ length: to - from }, (_, place) => <GridLine key={from + place} draft={draft} table={table} row={from + place} columns={columns} />)}
        />
      </div>
    </>
  );
}

function GridLine(props: { draft: BatchDraft; table: Table; row: number; columns: { gridTemplateColumns: string; minWidth: number } }): ReactElement {
  const { draft, table, row } = props;
  return (
    <div className="trn-batch-line" role="row" aria-rowindex={row + 2} style={{ ...props.columns, height: ROW }}>
      <span role="rowheader" className="trn-number trn-quiet">
        {row + 1}
      </span>
      {table.names.map((name, column) => {
        const field = table.fields[column] ?? null;
        const problem = field === null ? null : draft.problemAt(row + 1, field);
        return (
          <span key={name} role="cell" data-invalid={problem ? true : undefined} data-unused={field === null || undefined}>
            <input
              data-cell={`${row},${column}`}
              aria-label={trans.__('Data row %1, %2', row + 1, visible(name))}
              aria-invalid={problem ? true : undefined}
              title={problem?.message}
              aria-description={problem?.message}
              value={table.cells[row]?.[column] ?? ''}
              onChange={event => draft.setCell(row, column, event.currentTarget.value)}
            />
          </span>
        );
      })}
    </div>
  );
}

// -- a sweep -----------------------------------------------------------------------------------------------------------

function SweepPart({ draft }: { draft: BatchDraft }): ReactElement {
  const { properties } = formSchema(draft.tool.params_schema, draft.common);
  const root = useId();
  const problems = draft.checked?.problems ?? [];
  return (
    <div className="trn-batches-body" tabIndex={0} role="region" aria-label={trans.__('Values to sweep over')}>
      <p className="trn-quiet">{trans.__('Write several values where there shall be a run for each: a range such as 2..10 step 2, a list such as 1, 2, 5, or * for all choices. A field that is left empty keeps the value of the form.')}</p>
      <table className="trn-runs trn-sweep">
        <thead>
          <tr>
            <th scope="col">{trans.__('Field')}</th>
            <th scope="col">{trans.__('Value in the form')}</th>
            <th scope="col">{trans.__('Values to sweep over')}</th>
          </tr>
        </thead>
        <tbody>
          {draft.fields.map(field => {
            const value = draft.common[field] ?? properties[field]?.default;
            const swept = draft.valuesOf(field) !== '';
            const problem = (swept ? fieldProblem(draft, field) : null) ?? problems.find(each => each.field.split(/[.[]/)[0] === field)?.message ?? null;
            const id = `${root}-${field}`;
            return (
              <tr key={field} data-field={field}>
                <td>
                  <label htmlFor={id}>{draft.labelOf(field)}</label>
                </td>
                <td className="trn-cut trn-quiet">{value === undefined ? '' : properties[field]?.['x-secret'] === true ? trans.__('not shown') : visible(showValue(value))}</td>
                <td>
                  <input id={id} value={draft.valuesOf(field)} placeholder={exampleOf(properties[field])} aria-invalid={problem ? true : undefined} aria-describedby={problem ? `${id}-problem` : undefined} onChange={event => draft.setValues(field, event.currentTarget.value)} />
                  {problem && (
                    <p id={`${id}-problem`} className="trn-error">
                      {problem}
                    </p>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What the server refused to read at all. */
function fieldProblem(draft: BatchDraft, field: string): string | null {
  const message = draft.failure?.message ?? '';
  return message.startsWith(`${field}: `) ? message.slice(field.length + 2) : null;
}

function exampleOf(property: Record<string, unknown> | undefined): string {
  if (Array.isArray(property?.enum) || property?.type === 'boolean') {
    return '*';
  }
  return property?.type === 'integer' ? '2..10 step 2' : property?.type === 'number' ? '0.1..0.5 step 0.1' : '';
}
