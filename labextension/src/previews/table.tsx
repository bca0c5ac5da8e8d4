/** Tables, paged, sorted and filtered by the server. */

import { useEffect, useState, type FormEvent, type ReactElement } from 'react';

import { Button, FailureNotice, IconButton, LinkButton, Loading, Notice } from '../components/basics';
import { DataGrid, typeName } from '../components/dataGrid';
import { AddIcon, CloseIcon } from '../components/icons';
import { formatNumber } from '../format';
import { showValue } from '../logic/json';
import { useModel } from '../models/model';
import { TableModel, type Filter, type Operator } from '../models/tableData';
import { trans } from '../translation';
import type { PreviewProps } from './registry';

export default function TablePreview({ artifact, client, copy }: PreviewProps): ReactElement {
  const [model, setModel] = useState<TableModel | null>(null);
  useEffect(() => {
    const made = new TableModel(client, artifact.id);
    setModel(made);
    return () => made.dispose();
  }, [client, artifact.id]);
  return model ? <LoadedTable model={model} name={artifact.name} copy={copy} /> : <></>;
}

function LoadedTable({ model, name, copy }: { model: TableModel; name: string; copy: PreviewProps['copy'] }): ReactElement {
  useModel(model);
  const [chosen, setChosen] = useState<{ row: number; column: number } | null>(null);
  const [adding, setAdding] = useState(false);
  const { head, failure } = model;
  if (!head) {
    return failure ? <FailureNotice failure={failure} onRetry={() => model.retry()} /> : <Loading>{trans.__('Loading %1', name)}</Loading>;
  }
  if (head.columns.length === 0) {
    return head.state === 'ready' ? (
      <Notice>{trans.__('The table is empty.')}</Notice>
    ) : (
      <Loading>{trans.__('Reading %1: %2%', name, Math.round(head.done * 100))}</Loading>
    );
  }
  return (
    <div className="trn-table">
      <div className="trn-table-tools">
        <Search model={model} />
        <Button icon={<AddIcon />} onClick={() => setAdding(!adding)}>
          {trans.__('Filter')}
        </Button>
        {model.filters.map((filter, i) => (
          <span key={i} className="trn-value-chip">
            <span>{filterText(filter, head.columns)}</span>
            <IconButton label={trans.__('Remove the filter')} onClick={() => model.setFilters(model.filters.filter(one => one !== filter))}>
              <CloseIcon />
            </IconButton>
          </span>
        ))}
        <span className="trn-grow" />
        <span className="trn-quiet" role="status">
          {factsOf(model)}
        </span>
      </div>
      {adding && (
        <NewFilter
          model={model}
          column={chosen?.column ?? 0}
          add={filter => {
            model.setFilters([...model.filters, filter]);
            setAdding(false);
          }}
        />
      )}
      {notes(model).map(note => (
        <p key={note} className="trn-table-facts trn-quiet">
          {note}
        </p>
      ))}
      {failure && <FailureNotice failure={failure} onRetry={() => model.retry()} />}
      <div className="trn-table-frame">
        <DataGrid model={model} label={name} onChoose={setChosen} copy={(text, copied, wanted) => copy(text, copied < wanted ? trans.__('%1 of %2 rows were copied.', formatNumber(copied), formatNumber(wanted)) : trans.__('Copied.'))} />
        {head.state === 'ready' && model.count === 0 && (
          <div className="trn-table-none">
            <Notice>{trans.__('No row fits.')}</Notice>
            <LinkButton
              onClick={() => {
                model.setFilters([]);
                model.setSearch('');
              }}
            >
              {trans.__('Show all rows')}
            </LinkButton>
          </div>
        )}
      </div>
      <CellLine model={model} chosen={chosen} copy={copy} />
    </div>
  );
}

function factsOf(model: TableModel): string {
  const { head, count } = model;
  if (!head) {
    return '';
  }
  const columns = head.columns.length + head.hidden_columns;
  const wide = trans._n('%2 column', '%2 columns', columns, formatNumber(columns));
  if (head.state === 'reading') {
    const share = Math.round(head.done * 100);
    return model.sorts.length > 0 || model.filters.length > 0 || model.search
      ? trans.__('Looking through all rows: %1%', share)
      : `${trans._n('%2 row so far', '%2 rows so far', count, formatNumber(count))} · ${share}%`;
  }
  const rows = trans._n('%2 row', '%2 rows', count, formatNumber(count));
  return count < head.read ? `${trans.__('%1 of %2', rows, formatNumber(head.read))} · ${wide}` : `${rows} · ${wide}`;
}

function notes({ head }: TableModel): string[] {
  const found: string[] = [];
  if (head && head.hidden_columns > 0) {
    found.push(trans.__('The first %1 columns are shown; the file has all of them.', formatNumber(head.columns.length)));
  }
  if (head && head.uneven_rows > 0) {
    const rows = head.uneven_rows;
    found.push(trans._n('%2 row has more cells than there are columns; what is over is not shown.', '%2 rows have more cells than there are columns; what is over is not shown.', rows, formatNumber(rows)));
  }
  if (head?.cut) {
    found.push(trans.__('The first %1 rows are shown; the file has all of them.', formatNumber(head.read)));
  }
  return found;
}

function Search({ model }: { model: TableModel }): ReactElement {
  const [text, setText] = useState(model.search);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    model.setSearch(text.trim());
  };
  return (
    <form onSubmit={onSubmit}>
      <input
        type="search"
        className="trn-input"
        value={text}
        placeholder={trans.__('Find in all columns')}
        aria-label={trans.__('Find in all columns')}
        onChange={event => {
          setText(event.target.value);
          if (event.target.value === '') {
            model.setSearch('');
          }
        }}
      />
    </form>
  );
}

function operators(type: string): Operator[] {
  const compared: Operator[] = ['equals', 'differs', 'at_least', 'at_most', 'empty', 'filled'];
  return type === 'boolean' ? ['equals', 'empty', 'filled'] : type === 'string' ? ['contains', 'lacks', ...compared] : compared;
}

function operatorName(op: Operator): string {
  const names: Record<Operator, string> = {
    contains: trans.__('contains'),
    lacks: trans.__('does not contain'),
    equals: trans.__('is'),
    differs: trans.__('is not'),
    at_least: trans.__('is at least'),
    at_most: trans.__('is at most'),
    empty: trans.__('is empty'),
    filled: trans.__('is not empty')
  };
  return names[op];
}

function filterText(filter: Filter, columns: readonly string[]): string {
  const needsValue = filter.op !== 'empty' && filter.op !== 'filled';
  return [columns[filter.column] ?? '', operatorName(filter.op), needsValue ? filter.value : ''].join(' ').trim();
}

function NewFilter(props: { model: TableModel; column: number; add: (filter: Filter) => void }): ReactElement {
  const { head } = props.model;
  const [column, setColumn] = useState(props.column);
  const choices = operators(head?.types[column] ?? 'string');
  const [chosen, setOp] = useState<Operator>('contains');
  const op = choices.includes(chosen) ? chosen : (choices[0] ?? 'equals');
  const [value, setValue] = useState('');
  const needsValue = op !== 'empty' && op !== 'filled';
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    props.add({ column, op, value });
  };
  return (
    <form className="trn-table-filter" onSubmit={onSubmit}>
      <select className="trn-input" value={column} aria-label={trans.__('Column')} onChange={event => setColumn(Number(event.target.value))}>
        {head?.columns.map((name, i) => (
          <option key={i} value={i}>
            {`${name} (${typeName(head.types[i] ?? '')})`}
          </option>
        ))}
      </select>
      <select className="trn-input" value={op} aria-label={trans.__('Condition')} onChange={event => setOp(event.target.value as Operator)}>
        {choices.map(one => (
          <option key={one} value={one}>
            {operatorName(one)}
          </option>
        ))}
      </select>
      {needsValue && (
        <input className="trn-input" autoFocus value={value} aria-label={trans.__('Value')} onChange={event => setValue(event.target.value)} />
      )}
      <button type="submit" className="trn-button">
        <span>{trans.__('Apply')}</span>
      </button>
    </form>
  );
}

/** The whole of the cell that is chosen. */
function CellLine(props: { model: TableModel; chosen: { row: number; column: number } | null; copy: PreviewProps['copy'] }): ReactElement | null {
  const { model, chosen } = props;
  const row = chosen && model.row(chosen.row);
  if (!row) {
    return null;
  }
  const cell = row.cells[chosen.column];
  const text = cell === null || cell === undefined ? '' : showValue(cell);
  return (
    <div className="trn-table-cell">
      <span className="trn-quiet">{trans.__('%1, row %2', model.head?.columns[chosen.column] ?? '', formatNumber(row.number + 1))}</span>
      <span className="trn-table-cell-text">{text}</span>
      <LinkButton onClick={() => props.copy(text, trans.__('Copied.'))}>{trans.__('Copy')}</LinkButton>
    </div>
  );
}
