/** The controls of a form, one for each kind of value. Each keeps what was typed, also while it is not valid. */

import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';

import { formatExact, shortName, statusText } from '../../format';
import { SEARCHED_FROM, type Choice } from '../../logic/choices';
import { digitsOf, isBigInteger, parseExact, parseInteger, parseNumber, stringifyExact } from '../../logic/exact';
import { sameJson, showValue, type JsonObject } from '../../logic/json';
import { isRunReference } from '../../logic/reference';
import { isUnreadable, textOf, unreadable } from '../../logic/unreadable';
import { useModel } from '../../models/model';
import { trans } from '../../translation';
import { IconButton } from '../basics';
import { CalendarIcon, CloseIcon, NoneIcon } from '../icons';
import { referenceText } from '../reference';
import { labelId, type FormServices } from './context';
import { SearchSelect } from './searchSelect';

export interface ControlProps {
  id: string;
  schema: JsonObject;
  /** Undefined: not set, the default holds. */
  value: unknown;
  label: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
  services: FormServices;
  onChange: (value: unknown) => void;
}

export function aria(props: ControlProps): {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean | undefined;
  'aria-required': boolean | undefined;
} {
  return {
    id: props.id,
    'aria-describedby': props.describedBy,
    'aria-invalid': props.invalid || undefined,
    'aria-required': props.required || undefined
  };
}

export function effective(props: ControlProps): unknown {
  return props.value === undefined ? props.schema.default : props.value;
}

function placeholder(props: ControlProps, value: unknown): string {
  if (value === null) {
    return trans.__('none');
  }
  if (value === '') {
    return trans.__('empty text');
  }
  if (typeof props.schema['x-default'] === 'string') {
    return trans.__('default %1', props.schema['x-default']);
  }
  if (value === undefined && props.schema.default !== undefined) {
    return trans.__('default %1', showValue(props.schema.default));
  }
  const example: unknown = Array.isArray(props.schema.examples) ? props.schema.examples[0] : undefined;
  if (example !== undefined) {
    return trans.__('such as %1', showValue(example));
  }
  return props.required ? '' : trans.__('not set');
}

/** Text of one line or more; Enter makes a new line only where there is one already, or with Shift. */
export function TextControl(props: ControlProps & { placeholder?: string | undefined }): ReactElement {
  const { schema, onChange } = props;
  const value = effective(props);
  const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : showValue(value);
  const multiline = text.includes('\n') || schema.format === 'textarea' || schema['x-multiline'] === true;
  const node = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const area = node.current;
    if (area) {
      area.style.height = 'auto';
      area.style.height = `${Math.min(area.scrollHeight + 2, 240)}px`;
    }
  }, [text, multiline]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey && !multiline) {
      event.preventDefault();
    }
  };
  return (
    <div className="trn-control-row">
      <textarea
        {...aria(props)}
        ref={node}
        className="trn-input trn-text"
        rows={schema.format === 'textarea' ? 3 : 1}
        value={text}
        placeholder={props.placeholder ?? placeholder(props, value)}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        dir="auto"
        onKeyDown={onKeyDown}
        onChange={event => onChange(event.currentTarget.value)}
      />
      <NoneButton {...props} />
    </div>
  );
}

/** What another run leaves, in the place of a value of one's own. */
export function ReferenceControl(props: ControlProps): ReactElement | null {
  const { value, services } = props;
  useModel(services.runs);
  if (!isRunReference(value)) {
    return null;
  }
  const run = services.runs.find(value.run);
  return (
    <div className="trn-chosen-file" {...aria({ ...props, required: false })} role="group" aria-label={props.label} tabIndex={-1}>
      <span className="trn-chosen-name">
        <span className="trn-cut" title={value.run}>
          {referenceText(value, run?.number)}
        </span>
        {run && (
          <span className="trn-quiet">
            {shortName(run.tool)} · {statusText(run)}
          </span>
        )}
        {run === null && <span className="trn-quiet">{trans.__('This run is not there any more.')}</span>}
      </span>
      <IconButton label={trans.__('Give a value of your own for %1', props.label)} onClick={() => props.onChange(undefined)}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

/** A text that is not to be read over one's shoulder; it is not kept between reloads. */
export function SecretControl(props: ControlProps): ReactElement {
  return (
    <input
      {...aria(props)}
      className="trn-input"
      type="password"
      autoComplete="new-password"
      value={typeof props.value === 'string' ? props.value : ''}
      placeholder={placeholder(props, undefined)}
      onChange={event => props.onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
    />
  );
}

/** Where none is a value of its own: says and sets it. */
function NoneButton(props: ControlProps): ReactElement | null {
  if (props.schema['x-nullable'] !== true) {
    return null;
  }
  const isNone = effective(props) === null;
  return (
    <IconButton
      label={isNone ? trans.__('%1 is none', props.label) : trans.__('Set %1 to none', props.label)}
      pressed={isNone}
      onClick={() => props.onChange(null)}
    >
      <NoneIcon />
    </IconButton>
  );
}

/** A number as text, so that what is not one is kept and named. */
export function NumberControl(props: ControlProps): ReactElement {
  const { schema, onChange } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const value = effective(props);
  const whole = schema.type === 'integer';
  const range = rangeOf(schema);
  const write = (text: string): void => {
    setDraft(text);
    const number = whole ? parseInteger(text) : (parseNumber(text) ?? undefined);
    onChange(text.trim() === '' ? undefined : (number ?? text));
  };
  return (
    <div className="trn-control-row">
      <input
        {...aria(props)}
        className="trn-input trn-number"
        type="text"
        inputMode={whole ? 'numeric' : 'decimal'}
        autoComplete="off"
        value={draft ?? numberText(value)}
        placeholder={placeholder(props, value === null ? null : undefined)}
        onChange={event => write(event.currentTarget.value)}
        onBlur={() => setDraft(null)}
      />
      {range && (
        <input
          className="trn-range"
          type="range"
          aria-label={trans.__('%1, between %2 and %3', props.label, range.least, range.most)}
          min={range.least}
          max={range.most}
          step={range.step}
          value={typeof value === 'number' ? value : range.least}
          onChange={event => {
            setDraft(null);
            onChange(Number(event.currentTarget.value));
          }}
        />
      )}
      <NoneButton
        {...props}
        onChange={none => {
          setDraft(null);
          onChange(none);
        }}
      />
    </div>
  );
}

interface Range {
  least: number;
  most: number;
  step: number;
}

/** Bounds that are near enough for a slider to hit a value. */
function rangeOf(schema: JsonObject): Range | null {
  const least = schema.minimum;
  const most = schema.maximum;
  if (typeof least !== 'number' || typeof most !== 'number' || !(most > least)) {
    return null;
  }
  if (schema.type === 'integer') {
    return most - least <= 200 ? { least, most, step: typeof schema.multipleOf === 'number' ? schema.multipleOf : 1 } : null;
  }
  // A hundred steps, each a number that one can read.
  return { least, most, step: 10 ** Math.floor(Math.log10((most - least) / 99)) };
}

function numberText(value: unknown): string {
  if (isBigInteger(value)) {
    return digitsOf(value);
  }
  return value === undefined || value === null ? '' : showValue(value);
}

export function CheckControl(props: ControlProps): ReactElement {
  return (
    <input
      {...aria(props)}
      className="trn-check"
      type="checkbox"
      checked={effective(props) === true}
      onChange={event => props.onChange(event.currentTarget.checked)}
    />
  );
}

interface Option {
  value: unknown;
  label: string;
  help?: string | undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function optionsOf(schema: JsonObject): Option[] {
  if (schema.type === 'boolean' && !Array.isArray(schema.enum)) {
    return [
      { value: true, label: trans.__('yes') },
      { value: false, label: trans.__('no') }
    ];
  }
  const labels = [schema['x-labels'], schema['x-enum-names']].find(Array.isArray) ?? [];
  const values: unknown[] = Array.isArray(schema.enum) ? schema.enum : [];
  const helps = Array.isArray(schema['x-enum-descriptions']) ? schema['x-enum-descriptions'] : [];
  return values.map((value, index) => ({ value, label: optionLabel(labels[index], value), help: textIn(helps[index]) }));
}

function optionLabel(label: unknown, value: unknown): string {
  if (typeof label === 'string') {
    return label;
  }
  if (value === null) {
    return trans.__('none');
  }
  return value === '' ? trans.__('empty text') : showValue(value);
}

const NOT_SET = 'not-set';
const NONE = 'none';
const OTHER = 'other';

export function SelectControl(props: ControlProps): ReactElement {
  const { schema, onChange } = props;
  const options = optionsOf(schema);
  const value = effective(props);
  const index = options.findIndex(option => sameJson(option.value, value));
  const nullable = schema['x-nullable'] === true && !options.some(option => option.value === null);
  const current = index >= 0 ? String(index) : value === null ? NONE : value === undefined ? NOT_SET : OTHER;
  const choose = (key: string): void => {
    onChange(key === NOT_SET ? undefined : key === NONE ? null : options[Number(key)]?.value);
  };
  const choices: Choice[] = [
    ...(schema.default === undefined ? [{ key: NOT_SET, label: props.required ? trans.__('Choose…') : trans.__('not set') }] : []),
    ...(nullable ? [{ key: NONE, label: trans.__('none') }] : []),
    ...(current === OTHER ? [{ key: OTHER, label: showValue(value) }] : []),
    ...options.map(({ label, help }, key) => ({ key: String(key), label, help }))
  ];
  if (options.length >= SEARCHED_FROM) {
    return <SearchSelect {...props} choices={choices} current={current} choose={choose} />;
  }
  return (
    <select
      {...aria(props)}
      className="trn-input trn-select"
      value={current}
      onChange={event => choose(event.currentTarget.value)}
    >
      {choices.map(({ key, label, help }) => (
        <option key={key} value={key} title={help}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** Sub-commands: a choice that stands open where it is short. */
export function ChoiceControl(props: ControlProps): ReactElement {
  const options = optionsOf(props.schema);
  const letters = options.reduce((sum, option) => sum + option.label.length + 3, 0);
  const value = effective(props);
  if (letters > 34 || options.length > 4) {
    return <SelectControl {...props} />;
  }
  return (
    <div
      id={props.id}
      role="radiogroup"
      aria-labelledby={labelId(props.id)}
      aria-describedby={props.describedBy}
      aria-invalid={props.invalid || undefined}
      className="trn-segments"
    >
      {options.map(option => (
        <label key={option.label} className="trn-segment" title={option.help} data-chosen={sameJson(option.value, value) || undefined}>
          <input
            type="radio"
            name={props.id}
            checked={sameJson(option.value, value)}
            onChange={() => props.onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}

/** Several of a few values. */
export function ChecksControl(props: ControlProps): ReactElement {
  const items = props.schema.items as JsonObject;
  const value = effective(props);
  const chosen: unknown[] = Array.isArray(value) ? value : [];
  const toggle = (option: Option, on: boolean): void => {
    const others = chosen.filter(other => !sameJson(other, option.value));
    props.onChange(on ? [...others, option.value] : others);
  };
  return (
    <div className="trn-checks" id={props.id}>
      {optionsOf(items).map(option => (
        <label key={option.label} className="trn-check-label">
          <input
            className="trn-check"
            type="checkbox"
            checked={chosen.some(other => sameJson(other, option.value))}
            onChange={event => toggle(option, event.currentTarget.checked)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}

const PICKERS: Record<string, string> = { date: 'date', time: 'time', 'date-time': 'datetime-local' };

/** A date or time as text, with the browser's own picker beside it. */
export function DateControl(props: ControlProps): ReactElement {
  const picker = useRef<HTMLInputElement>(null);
  const format = String(props.schema.format);
  const value = effective(props);
  const open = (): void => picker.current?.showPicker();
  return (
    <>
      <div className="trn-control-row">
        <input
          {...aria(props)}
          className="trn-input trn-number"
          type="text"
          autoComplete="off"
          value={typeof value === 'string' ? value : ''}
          placeholder={value === null ? trans.__('none') : dateExample(format)}
          onChange={event => props.onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        />
        <input
          ref={picker}
          className="trn-picker"
          type={PICKERS[format]}
          tabIndex={-1}
          aria-hidden="true"
          step={format === 'date' ? undefined : 1}
          value={pickerValue(format, value)}
          onChange={event => event.currentTarget.value !== '' && props.onChange(event.currentTarget.value + zoneOf(value))}
        />
        <IconButton label={trans.__('Pick %1', props.label)} onClick={open}>
          <CalendarIcon />
        </IconButton>
        <NoneButton {...props} />
      </div>
      {format !== 'date' && typeof value === 'string' && value !== '' && !props.invalid && <p className="trn-help">{zoneText(format, value)}</p>}
    </>
  );
}

const ZONE = /(Z|[+-]\d\d:?\d\d)$/i;

/** The zone that was written stays when another day is picked. */
function zoneOf(value: unknown): string {
  return typeof value === 'string' && value.includes(':') ? (ZONE.exec(value)?.[0] ?? '') : '';
}

function pickerValue(format: string, value: unknown): string {
  if (typeof value !== 'string') {
    return '';
  }
  const plain = format === 'date' ? value : value.replace(ZONE, '').replace(' ', 'T');
  const shape = { date: /^\d{4}-\d\d-\d\d$/, time: /^\d\d:\d\d(:\d\d)?/, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?/ }[format];
  return shape?.exec(plain)?.[0] ?? '';
}

/** In which zone a time is meant; one with a zone also as this reader's clock has it. */
function zoneText(format: string, value: string): string {
  if (zoneOf(value) === '') {
    return trans.__('In the time zone of the server. Add Z for UTC, or such as +02:00.');
  }
  const time = Date.parse(value);
  return format === 'time' || Number.isNaN(time) ? '' : trans.__('On your clock: %1', formatExact(new Date(time).toISOString()));
}

function dateExample(format: string): string {
  return format === 'date' ? '2026-11-22' : format === 'time' ? '14:30:00' : '2026-11-22T14:30:00Z';
}

/** A value that has no control of its own, written as JSON. */
export function JsonControl(props: ControlProps): ReactElement {
  const value = effective(props);
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? jsonText(value);
  const write = (text: string): void => {
    setDraft(text);
    props.onChange(readJson(text));
  };
  return (
    <div className="trn-control-row">
      <textarea
        {...aria(props)}
        className="trn-input trn-code"
        rows={Math.min(10, Math.max(2, shown.split('\n').length))}
        value={shown}
        spellCheck={false}
        placeholder={trans.__('JSON, such as {"a": 1}')}
        onChange={event => write(event.currentTarget.value)}
        onBlur={() => setDraft(null)}
      />
      <NoneButton
        {...props}
        onChange={none => {
          setDraft(null);
          props.onChange(none);
        }}
      />
    </div>
  );
}

function jsonText(value: unknown): string {
  return value === undefined ? '' : isUnreadable(value) ? textOf(value) : stringifyExact(value, 2);
}

/** Undefined for an empty text; what cannot be read is kept as it is. */
function readJson(text: string): unknown {
  if (text.trim() === '') {
    return undefined;
  }
  try {
    return parseExact(text);
  } catch {
    return unreadable(text);
  }
}

/** Takes a value away from a list. */
export function RemoveButton(props: { label: string; onClick: () => void }): ReactElement {
  return (
    <IconButton label={props.label} onClick={props.onClick}>
      <CloseIcon />
    </IconButton>
  );
}
