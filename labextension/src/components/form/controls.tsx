/** The controls of a form, one for each kind of value. Each keeps what was typed, also while it is not valid. */

import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';

import { digitsOf, isBigInteger, parseInteger, parseNumber } from '../../logic/exact';
import { sameJson, showValue, type JsonObject } from '../../logic/json';
import { isArtifactRef } from '../../logic/validation';
import { trans } from '../../translation';
import { IconButton } from '../basics';
import { CalendarIcon, CloseIcon, FolderIcon, NoneIcon } from '../icons';
import { labelId, type FormServices } from './context';

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

function aria(props: ControlProps): {
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

function effective(props: ControlProps): unknown {
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
  const example: unknown = Array.isArray(props.schema.examples) ? props.schema.examples[0] : undefined;
  if (example !== undefined) {
    return trans.__('such as %1', showValue(example));
  }
  return props.required ? '' : trans.__('not set');
}

/** Text of one line or more; Enter makes a new line only where there is one already, or with Shift. */
export function TextControl(props: ControlProps): ReactElement {
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
        placeholder={placeholder(props, value)}
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
        placeholder={placeholder(props, value === '' ? undefined : value)}
        onChange={event => write(event.currentTarget.value)}
        onBlur={() => setDraft(null)}
      />
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

function textOf(value: unknown): string | undefined {
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
  return values.map((value, index) => ({ value, label: optionLabel(labels[index], value), help: textOf(helps[index]) }));
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
  return (
    <select
      {...aria(props)}
      className="trn-input trn-select"
      value={current}
      onChange={event => choose(event.currentTarget.value)}
    >
      {schema.default === undefined && (
        <option value={NOT_SET}>{props.required ? trans.__('Choose…') : trans.__('not set')}</option>
      )}
      {nullable && <option value={NONE}>{trans.__('none')}</option>}
      {current === OTHER && <option value={OTHER}>{showValue(value)}</option>}
      {options.map((option, key) => (
        <option key={key} value={String(key)} title={option.help}>
          {option.label}
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
        onChange={event => props.onChange(event.currentTarget.value)}
      />
      <IconButton label={trans.__('Pick %1', props.label)} onClick={open}>
        <CalendarIcon />
      </IconButton>
      <NoneButton {...props} />
    </div>
  );
}

function dateExample(format: string): string {
  return format === 'date' ? '2026-11-22' : format === 'time' ? '14:30:00' : '2026-11-22T14:30:00Z';
}

/** A path as text, from Lab's file browser, or an earlier artifact. */
export function PathControl(props: ControlProps): ReactElement {
  const { services, schema, onChange } = props;
  const accepts = Array.isArray(schema['x-accepts']) ? schema['x-accepts'].map(String) : [];
  const value = effective(props);
  const choices = accepts.length > 0 || isArtifactRef(value) ? services.artifacts(accepts) : [];
  const picked = isArtifactRef(value) ? value.artifact : '';
  const browse = async (): Promise<void> => {
    const path = await services.browse?.(schema.format === 'directory-path');
    if (path) {
      onChange(path);
    }
  };
  const selectId = `${props.id}__artifact`;
  return (
    <>
      {(choices.length > 0 || picked !== '') && (
        <select
          {...(picked !== '' ? aria(props) : { id: selectId, 'aria-label': trans.__('%1: an earlier result', props.label) })}
          className="trn-input trn-select"
          value={picked}
          onChange={event => onChange(event.currentTarget.value === '' ? undefined : { artifact: event.currentTarget.value })}
        >
          <option value="">{trans.__('A file, by its path')}</option>
          {picked !== '' && !choices.some(choice => choice.id === picked) && (
            <option value={picked}>{trans.__('An earlier result')}</option>
          )}
          {choices.map(choice => (
            <option key={choice.id} value={choice.id}>
              {choice.name} · {choice.run}
            </option>
          ))}
        </select>
      )}
      {picked === '' && (
        <div className="trn-control-row trn-path">
          <TextControl {...props} />
          {services.browse && (
            <IconButton label={trans.__('Browse for %1', props.label)} onClick={() => void browse()}>
              <FolderIcon />
            </IconButton>
          )}
        </div>
      )}
    </>
  );
}

/** A value that has no control of its own, written as JSON. */
export function JsonControl(props: ControlProps): ReactElement {
  const value = effective(props);
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? (value === undefined ? '' : typeof value === 'string' && props.invalid ? value : JSON.stringify(value, null, 2));
  const hint = useId();
  const [broken, setBroken] = useState(false);
  useEffect(() => setBroken(false), [value]);
  const write = (text: string): void => {
    setDraft(text);
    if (text.trim() === '') {
      setBroken(false);
      props.onChange(undefined);
      return;
    }
    try {
      props.onChange(JSON.parse(text));
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return (
    <>
      <div className="trn-control-row">
        <textarea
          {...aria(props)}
          aria-invalid={props.invalid || broken || undefined}
          aria-describedby={[props.describedBy, broken ? hint : undefined].filter(Boolean).join(' ') || undefined}
          className="trn-input trn-code"
          rows={Math.min(10, Math.max(2, shown.split('\n').length))}
          value={shown}
          spellCheck={false}
          placeholder={trans.__('JSON, such as {"a": 1}')}
          onChange={event => write(event.currentTarget.value)}
          onBlur={() => !broken && setDraft(null)}
        />
        <NoneButton {...props} />
      </div>
      {broken && (
        <p id={hint} className="trn-error" aria-live="polite">
          {trans.__('This is not JSON yet. The last value that was is kept.')}
        </p>
      )}
    </>
  );
}

/** Takes a value away from a list. */
export function RemoveButton(props: { label: string; onClick: () => void }): ReactElement {
  return (
    <IconButton label={props.label} onClick={props.onClick}>
      <CloseIcon />
    </IconButton>
  );
}
