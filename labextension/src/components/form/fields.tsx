/** How rjsf meets our controls: which control a schema gets, and what a field is given. */

import { getDefaultRegistry } from '@rjsf/core';
import type { FieldProps, RJSFSchema } from '@rjsf/utils';
import { useState, type ComponentType, type ReactElement } from 'react';

import { isBigInteger } from '../../logic/exact';
import { isObject, type JsonObject } from '../../logic/json';
import { isRunReference } from '../../logic/reference';
import { isArtifactRef } from '../../logic/validation';
import { trans } from '../../translation';
import { errorId, helpId, problemAt, type FormContext } from './context';
import {
  CheckControl,
  ChecksControl,
  ChoiceControl,
  DateControl,
  JsonControl,
  NumberControl,
  ReferenceControl,
  SecretControl,
  SelectControl,
  TextControl,
  type ControlProps
} from './controls';
import { PathControl } from './files';

export type Props = FieldProps<unknown, RJSFSchema, FormContext>;

const rjsf = getDefaultRegistry<unknown, RJSFSchema, FormContext>().fields;
const RjsfArray = rjsf.ArrayField as ComponentType<Props>;
const RjsfObject = rjsf.ObjectField as ComponentType<Props>;

const PATHS = ['path', 'file-path', 'directory-path', 'binary'];
const DATES = ['date', 'time', 'date-time'];

/** The control of a schema that holds one value. */
export function controlOf(schema: JsonObject): ComponentType<ControlProps> {
  if (schema['x-subcommand'] === true) {
    return ChoiceControl;
  }
  if (schema['x-secret'] === true && schema.type === 'string') {
    return SecretControl;
  }
  if (Array.isArray(schema.enum)) {
    return SelectControl;
  }
  switch (schema.type) {
    case 'boolean':
      return isCheck(schema) ? CheckControl : SelectControl;
    case 'integer':
    case 'number':
      return NumberControl;
    default:
      break;
  }
  const format = typeof schema.format === 'string' ? schema.format : '';
  if (PATHS.includes(format) || Array.isArray(schema['x-accepts'])) {
    return PathControl;
  }
  return DATES.includes(format) ? DateControl : TextControl;
}

/** A boolean that is either on or off, and not perhaps unset. */
export function isCheck(schema: JsonObject): boolean {
  return schema.type === 'boolean' && !Array.isArray(schema.enum) && typeof schema.default === 'boolean' && schema['x-nullable'] !== true;
}

export function isSeveralOf(schema: JsonObject): boolean {
  return schema.type === 'array' && schema.uniqueItems === true && isObject(schema.items) && Array.isArray(schema.items.enum);
}

function control(Control: ComponentType<ControlProps>, props: Props, label: string): ReactElement {
  const id = props.idSchema.$id;
  const model = props.registry.formContext.model;
  const schema = props.schema as JsonObject;
  const problem = problemAt(model, id, Control === JsonControl);
  const described = [
    typeof schema.description === 'string' && schema.description !== '' ? helpId(id) : '',
    problem === undefined ? '' : errorId(id)
  ].filter(part => part !== '');
  return (
    <Control
      key={`${id}:${model.revision}`}
      id={id}
      schema={schema}
      value={props.formData}
      label={label}
      describedBy={described.join(' ') || undefined}
      invalid={problem !== undefined}
      required={props.required === true}
      services={props.registry.formContext.services}
      onChange={value => void props.onChange(value)}
    />
  );
}

export function ScalarField(props: Props): ReactElement {
  const schema = props.schema as JsonObject;
  if (isRunReference(props.formData)) {
    return control(ReferenceControl, props, props.name);
  }
  return control(isArtifactRef(props.formData) ? PathControl : controlOf(schema), props, props.name);
}

export function ObjectField(props: Props): ReactElement {
  const schema = props.schema as JsonObject;
  if (isRunReference(props.formData)) {
    return control(ReferenceControl, props, props.name);
  }
  if (schema['x-free'] === true) {
    return control(JsonControl, props, props.name);
  }
  const value = isObject(props.formData) ? props.formData : {};
  return <RjsfObject {...props} formData={value} />;
}

export function ArrayField(props: Props): ReactElement {
  const schema = props.schema as JsonObject;
  if (isRunReference(props.formData)) {
    return control(ReferenceControl, props, props.name);
  }
  if (isSeveralOf(schema)) {
    return control(ChecksControl, props, props.name);
  }
  const value = props.formData === undefined || props.formData === null ? schema.default : props.formData;
  const items = schema.items;
  const fill = (values: unknown): unknown =>
    Array.isArray(values) ? values.map((item: unknown, i): unknown => item ?? blank(Array.isArray(items) ? items[i] : items, item)) : values;
  const shown: unknown[] = Array.isArray(value) ? value : [];
  // A list of a fixed length shows all its places, also where nothing is in them yet.
  const missing = Array.isArray(items) ? Math.max(0, items.length - shown.length) : 0;
  return (
    <RjsfArray
      {...props}
      formData={[...shown, ...Array.from({ length: missing }, () => undefined)]}
      onChange={(values, errors, id) => void props.onChange(fill(values), errors, id)}
    />
  );
}

/** One of several kinds of value: the kind is a choice of its own, and its control follows. */
export function UnionField(props: Props): ReactElement {
  return isRunReference(props.formData) ? control(ReferenceControl, props, props.name) : <KindsField {...props} />;
}

function KindsField(props: Props): ReactElement {
  const options = ((props.schema.anyOf ?? []) as JsonObject[]).filter(isObject);
  const value = props.formData === undefined ? (props.schema.default as unknown) : props.formData;
  const fitting = options.findIndex(option => fitsKind(option, value));
  const [chosen, setChosen] = useState(fitting < 0 ? 0 : fitting);
  const option = options[chosen] ?? {};
  const simple = option.type !== 'object' && option.type !== 'array' && option.$ref === undefined;
  const { $id } = props.idSchema;
  const schema = { ...option, default: fitsKind(option, props.schema.default) ? (props.schema.default as unknown) : undefined };
  const inner = {
    ...props,
    schema: { ...schema, description: props.schema.description, 'x-nullable': (props.schema as JsonObject)['x-nullable'] },
    formData: fitting === chosen || fitting < 0 ? props.formData : undefined
  } as Props;
  return (
    <div className="trn-union">
      <select
        className="trn-input trn-select"
        id={`${$id}__kind`}
        aria-label={trans.__('%1: kind of value', props.name)}
        value={chosen}
        onChange={event => {
          setChosen(Number(event.currentTarget.value));
          props.onChange(undefined);
        }}
      >
        {options.map((other, i) => (
          <option key={i} value={i}>
            {kindWord(other)}
          </option>
        ))}
      </select>
      <div className="trn-grow">{simple ? <ScalarField key={chosen} {...inner} /> : control(JsonControl, inner, props.name)}</div>
    </div>
  );
}

function fitsKind(schema: JsonObject, value: unknown): boolean {
  if (Array.isArray(schema.enum)) {
    return schema.enum.includes(value);
  }
  switch (schema.type) {
    case 'integer':
      return Number.isInteger(value) || isBigInteger(value);
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === schema.type;
    case 'array':
      return Array.isArray(value);
    default:
      return isObject(value);
  }
}

function kindWord(schema: JsonObject): string {
  if (typeof schema.title === 'string') {
    return schema.title;
  }
  switch (schema.type) {
    case 'integer':
      return trans.__('whole number');
    case 'number':
      return trans.__('number');
    case 'string':
      return trans.__('text');
    case 'boolean':
      return trans.__('yes or no');
    case 'array':
      return trans.__('list');
    default:
      return Array.isArray(schema.enum) ? trans.__('choice') : trans.__('JSON');
  }
}

/** What a list gets when one more value is asked for. */
function blank(schema: unknown, value: unknown): unknown {
  if (!isObject(schema) || (value === null && schema['x-nullable'] === true)) {
    return value;
  }
  if (schema.default !== undefined) {
    return schema.default;
  }
  switch (schema.type) {
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return Array.isArray(schema.enum) ? (schema.enum[0] as unknown) : '';
  }
}
