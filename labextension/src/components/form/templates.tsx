/** How a field, a group and a list look: real labels, help and error tied to their control. */

import type {
  ArrayFieldTemplateProps,
  FieldTemplateProps,
  ObjectFieldTemplatePropertyType,
  ObjectFieldTemplateProps,
  RJSFSchema
} from '@rjsf/utils';
import type { KeyboardEvent, ReactElement, ReactNode } from 'react';

import { showValue, sameJson, type JsonObject } from '../../logic/json';
import type { ExclusiveGroup } from '../../logic/schema';
import type { FormModel } from '../../models/form';
import { trans } from '../../translation';
import { Button, IconButton } from '../basics';
import { AddIcon, CaretIcon, DownIcon, ErrorIcon, ResetIcon, UpIcon } from '../icons';
import { errorId, helpId, labelId, problemAt, type FormContext } from './context';
import { RemoveButton } from './controls';
import { isCheck, isSeveralOf } from './fields';

type FieldProps = FieldTemplateProps<unknown, RJSFSchema, FormContext>;
type ObjectProps = ObjectFieldTemplateProps<unknown, RJSFSchema, FormContext>;
type ArrayProps = ArrayFieldTemplateProps<unknown, RJSFSchema, FormContext>;

export function FieldTemplate(props: FieldProps): ReactElement {
  const { id, children } = props;
  const model = props.registry.formContext.model;
  if (id === model.root || props.hidden) {
    return children;
  }
  const schema = props.schema as JsonObject;
  const problem = problemAt(model, id, schema['x-free'] === true || schema.anyOf !== undefined);
  const changed = props.formData !== undefined && !sameJson(props.formData, schema.default) && isTopLevel(model, id);
  const group = isGroup(schema);
  const check = isCheck(schema);
  const body = (
    <>
      {!check && <Box>{children}</Box>}
      {typeof schema.description === 'string' && schema.description !== '' && (
        <p id={helpId(id)} className="trn-help">
          {schema.description}
        </p>
      )}
      {problem !== undefined && (
        <p id={errorId(id)} className="trn-error" aria-live="polite">
          <ErrorIcon />
          <span>{problem}</span>
        </p>
      )}
    </>
  );
  const label = fieldLabel(props.label, schema);
  const head = (
    <>
      {changed && <span className="trn-dot" aria-hidden="true" />}
      {check && children}
      {group ? (
        <span id={labelId(id)} className="trn-label" title={hoverOf(schema)}>
          {label}
          <Star required={props.required} />
        </span>
      ) : (
        <label id={labelId(id)} className="trn-label" htmlFor={id} title={hoverOf(schema)}>
          {label}
          <Star required={props.required} />
        </label>
      )}
    </>
  );
  const reset = changed && <Reset schema={schema} label={label} onClick={() => model.reset(nameOf(model, id))} />;
  const marks = {
    'data-field': nameOf(model, id) || undefined,
    'data-changed': changed || undefined,
    'data-invalid': problem !== undefined || undefined
  };
  return group ? (
    <div role="group" className="trn-field" aria-labelledby={labelId(id)} {...marks}>
      <div className="trn-field-head">
        {head}
        {reset}
      </div>
      {body}
    </div>
  ) : (
    <div className="trn-field" {...marks}>
      <div className="trn-field-head">
        {head}
        {reset}
      </div>
      {body}
    </div>
  );
}

function Box(props: { children: ReactNode }): ReactElement {
  return <div className="trn-field-body">{props.children}</div>;
}

function Star(props: { required: boolean | undefined }): ReactElement | null {
  return props.required ? (
    <span className="trn-star" aria-hidden="true">
      {' *'}
    </span>
  ) : null;
}

function Reset(props: { schema: JsonObject; label: string; onClick: () => void }): ReactElement {
  const value = props.schema.default;
  const text = value === undefined ? trans.__('not set') : defaultText(value);
  const short = text.length > 14 ? `${text.slice(0, 13)}…` : text;
  return (
    <button
      type="button"
      className="trn-reset"
      title={trans.__('Back to the default: %1', text)}
      aria-label={trans.__('Back to the default of %1: %2', props.label, text)}
      onClick={props.onClick}
    >
      <span>{value === undefined ? text : trans.__('default %1', short)}</span>
      <ResetIcon />
    </button>
  );
}

/** The name as the tool's code has it, unless the tool gives a title of its own. */
export function fieldLabel(name: string, schema: JsonObject): string {
  const own = typeof schema['x-name'] === 'string' ? schema['x-name'] : name;
  const title = typeof schema.title === 'string' ? schema.title : own;
  const generated = own.replaceAll(/[_-]+/g, ' ').trim().toLowerCase();
  return title.toLowerCase() === generated ? own : title;
}

/** The option that it is in a terminal, and what holds while it is not set. */
function hoverOf(schema: JsonObject): string | undefined {
  const flag = typeof schema['x-flag'] === 'string' ? schema['x-flag'] : '';
  const known = typeof schema['x-default'] === 'string' ? schema['x-default'] : schema.default;
  const parts = [flag, known === undefined ? '' : trans.__('default %1', defaultText(known))].filter(part => part !== '');
  return parts.length > 0 ? parts.join(', ') : undefined;
}

function defaultText(value: unknown): string {
  if (typeof value === 'boolean') {
    return value ? trans.__('on') : trans.__('off');
  }
  return value === null ? trans.__('none') : value === '' ? trans.__('empty text') : showValue(value);
}

function isGroup(schema: JsonObject): boolean {
  const nested = (schema.type === 'object' && schema['x-free'] !== true) || schema.type === 'array';
  return nested || isSeveralOf(schema) || schema['x-subcommand'] === true || schema.anyOf !== undefined;
}

function isShort(schema: JsonObject): boolean {
  const short = schema.type === 'integer' || schema.type === 'number';
  return short && (typeof schema.description !== 'string' || schema.description.length < 24);
}

function nameOf(model: FormModel, id: string): string {
  return model.form.order.find(name => id === `${model.root}_${name}`) ?? '';
}

function isTopLevel(model: FormModel, id: string): boolean {
  return nameOf(model, id) !== '';
}

export function ObjectFieldTemplate(props: ObjectProps): ReactElement {
  const { model } = props.registry.formContext;
  if (props.idSchema.$id === model.root) {
    return <RootTemplate model={model} properties={props.properties} />;
  }
  return (
    <div className="trn-nested">
      {props.properties.map(property => (
        <div key={property.name} className="trn-cell">
          {property.content}
        </div>
      ))}
    </div>
  );
}

function RootTemplate(props: { model: FormModel; properties: ObjectFieldTemplatePropertyType[] }): ReactElement {
  const { model } = props;
  const content = new Map(props.properties.map(property => [property.name, property.content]));
  const { folded } = model;
  const draw = (name: string): ReactNode => {
    const index = model.form.exclusive.findIndex(group => group.fields.includes(name));
    const group = model.form.exclusive[index];
    if (group) {
      return group.fields[0] === name ? <ExclusiveChoice key={name} model={model} index={index} group={group} content={content} /> : null;
    }
    return content.get(name) ?? null;
  };
  const drawPair = (names: string[]): ReactNode =>
    names.length === 1 ? (
      draw(names[0] ?? '')
    ) : (
      <div key={names.join()} className="trn-pair">
        {names.map(draw)}
      </div>
    );
  const changed = folded.filter(name => model.isChanged(name)).length;
  return (
    <div className="trn-fields">
      {pairs(model, model.form.order.filter(name => !folded.includes(name))).map(drawPair)}
      {folded.length > 0 && (
        <>
          <button type="button" className="trn-fold" aria-expanded={model.unfolded} onClick={() => model.unfold(!model.unfolded)}>
            <CaretIcon open={model.unfolded} />
            {foldText(folded.length, changed)}
          </button>
          {model.unfolded && pairs(model, folded).map(drawPair)}
        </>
      )}
    </div>
  );
}

/** Two short fields that follow each other stand side by side. */
function pairs(model: FormModel, names: readonly string[]): string[][] {
  const short = (name: string | undefined): boolean => name !== undefined && isShort(model.form.properties[name] ?? {});
  const single = (name: string | undefined): boolean => !model.form.exclusive.some(({ fields }) => fields.includes(name ?? ''));
  const found: string[][] = [];
  for (let i = 0; i < names.length; i++) {
    const [name, next] = [names[i] ?? '', names[i + 1]];
    if (short(name) && short(next) && single(name) && single(next)) {
      found.push([name, next ?? '']);
      i += 1;
    } else {
      found.push([name]);
    }
  }
  return found;
}

function foldText(count: number, changed: number): string {
  return changed === 0
    ? trans._n('%1 more, at its default', '%1 more, at their defaults', count)
    : trans._n('%1 more, %2 changed', '%1 more, %2 changed', count, changed);
}

/** Fields of which at most one has a value: a choice, then the chosen one's control. */
function ExclusiveChoice(props: {
  model: FormModel;
  index: number;
  group: ExclusiveGroup;
  content: ReadonlyMap<string, ReactNode>;
}): ReactElement {
  const { model, index, group } = props;
  const chosen = model.chosen(index);
  const id = `${model.root}__choice_${index}`;
  const problem = problemAt(model, `${model.root}_${group.fields[0] ?? ''}`);
  const missing = chosen === null ? problem : undefined;
  const isFlag = (name: string): boolean => model.form.properties[name]?.type === 'boolean';
  return (
    <fieldset className="trn-field trn-exclusive" aria-describedby={missing ? errorId(id) : undefined} data-changed={chosen !== null || undefined}>
      <legend className="trn-label">
        {group.title ?? trans.__('One of these')}
        <Star required={group.required} />
      </legend>
      {group.fields.map(name => (
        <Radio
          key={name}
          name={id}
          label={fieldLabel(name, model.form.properties[name] ?? {})}
          help={isFlag(name) ? model.form.properties[name]?.description : undefined}
          checked={chosen === name}
          invalid={missing !== undefined}
          onChoose={() => model.choose(index, name)}
        />
      ))}
      {!group.required && (
        <Radio name={id} label={trans.__('none of these')} checked={chosen === null} invalid={false} onChoose={() => model.choose(index, null)} />
      )}
      {chosen !== null && !isFlag(chosen) && props.content.get(chosen)}
      {missing !== undefined && (
        <p id={errorId(id)} className="trn-error" aria-live="polite">
          <ErrorIcon />
          <span>{missing}</span>
        </p>
      )}
    </fieldset>
  );
}

function Radio(props: {
  name: string;
  label: string;
  help?: unknown;
  checked: boolean;
  invalid: boolean;
  onChoose: () => void;
}): ReactElement {
  return (
    <label className="trn-check-label">
      <input
        type="radio"
        className="trn-check"
        name={props.name}
        checked={props.checked}
        aria-invalid={props.invalid || undefined}
        onChange={props.onChoose}
      />
      <span>
        {props.label}
        {typeof props.help === 'string' && props.help !== '' && <span className="trn-help-inline"> {props.help}</span>}
      </span>
    </label>
  );
}

/** What is typed next goes into the new value. */
function addAndFocus(props: ArrayProps): void {
  props.onAddClick();
  window.requestAnimationFrame(() => {
    const values = document.getElementById(props.idSchema.$id)?.querySelectorAll<HTMLElement>('.trn-list-value');
    values?.[values.length - 1]?.querySelector<HTMLElement>('input, textarea, select')?.focus();
  });
}

type Item = ArrayProps['items'][number];

const CONTROLS = 'input, textarea, select, button';

/** Moves a value up or down; the focus goes with it. */
function move(list: string, item: Item, to: number): void {
  const before = itemsOf(list)[item.index];
  const at = [...(before?.querySelectorAll(CONTROLS) ?? [])].findIndex(one => one === document.activeElement);
  item.onReorderClick(item.index, to)();
  window.requestAnimationFrame(() => {
    const controls = [...(itemsOf(list)[to]?.querySelectorAll<HTMLElement>(CONTROLS) ?? [])];
    (controls[at] ?? controls[0])?.focus();
  });
}

function itemsOf(list: string): HTMLElement[] {
  return [...(document.getElementById(list)?.querySelectorAll<HTMLElement>(':scope > .trn-list-item') ?? [])];
}

function moveByKeys(list: string, item: Item, event: KeyboardEvent): void {
  const up = event.key === 'ArrowUp' && item.hasMoveUp;
  const down = event.key === 'ArrowDown' && item.hasMoveDown;
  if (event.altKey && (up || down)) {
    event.preventDefault();
    event.stopPropagation();
    move(list, item, item.index + (up ? -1 : 1));
  }
}

export function ArrayFieldTemplate(props: ArrayProps): ReactElement {
  const list = props.idSchema.$id;
  return (
    <div className="trn-list" id={list}>
      {props.items.map(item => (
        <div key={item.key} className="trn-list-item" onKeyDown={event => moveByKeys(list, item, event)}>
          <div className="trn-list-value">{item.children}</div>
          {item.hasMoveUp && (
            <IconButton label={trans.__('Move value %1 up', item.index + 1)} onClick={() => move(list, item, item.index - 1)}>
              <UpIcon />
            </IconButton>
          )}
          {item.hasMoveDown && (
            <IconButton label={trans.__('Move value %1 down', item.index + 1)} onClick={() => move(list, item, item.index + 1)}>
              <DownIcon />
            </IconButton>
          )}
          {item.hasRemove && (
            <RemoveButton label={trans.__('Remove value %1', item.index + 1)} onClick={() => item.onDropIndexClick(item.index)()} />
          )}
        </div>
      ))}
      {props.canAdd && (
        <Button icon={<AddIcon />} onClick={() => addAndFocus(props)}>
          {trans.__('Add a value')}
        </Button>
      )}
    </div>
  );
}
