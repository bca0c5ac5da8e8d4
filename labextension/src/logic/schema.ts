/**
 * From a tool's `params_schema` to what the form draws.
 *
 * A tool's schema stays what validates; the shaped one only decides what is shown: sub-commands resolved for the values
 * at hand, `anyOf [X, null]` as X that may be none, tuples and free values in the form that rjsf knows.
 */

import { isObject, isStringArray, type JsonObject } from './json';

export type Values = JsonObject;

/** A choice between fields of which at most one has a value. */
export interface ExclusiveGroup {
  fields: string[];
  required: boolean;
  title?: string;
}

/** A flat object schema for the values at hand. */
export interface FormSchema {
  properties: Record<string, JsonObject>;
  required: string[];
  order: string[];
  exclusive: ExclusiveGroup[];
  definitions: Record<string, JsonObject>;
}

/** The form of a schema, with the branches that these values choose. */
export function formSchema(schema: JsonObject, values: Values): FormSchema {
  const form: FormSchema = {
    properties: {},
    required: [],
    order: [],
    exclusive: [],
    definitions: shapeAll(objectOf(schema.$defs ?? schema.definitions))
  };
  collect(schema, values, form);
  form.order = ordered(form);
  return form;
}

/** Fields whose values are shown to nobody, with any of these values. */
export function secretNames(tool: { params_schema: JsonObject } | undefined, ...all: readonly Values[]): ReadonlySet<string> {
  const forms = tool ? all.map(values => formSchema(tool.params_schema, values)) : [];
  return new Set(forms.flatMap(({ properties }) => Object.keys(properties).filter(name => properties[name]?.['x-secret'] === true)));
}

/** The values that this form sends: its own properties, and of an exclusive choice only the chosen one. */
export function payloadOf(form: FormSchema, values: Values, choices: readonly (string | null)[]): Values {
  const left = form.exclusive.flatMap((group, index) =>
    group.fields.filter(field => field !== (choices[index] ?? chosenField(group, values)))
  );
  const payload: Values = {};
  for (const name of form.order) {
    if (values[name] !== undefined && !left.includes(name)) {
      payload[name] = values[name];
    }
  }
  return payload;
}

/** The field of the group that has a value. */
export function chosenField(group: ExclusiveGroup, values: Values): string | null {
  return group.fields.find(field => values[field] !== undefined && values[field] !== false) ?? null;
}

/** What a field has where nothing is said: its default, or for a required constant the one value there is. */
export function defaultOf(schema: JsonObject): unknown {
  return schema.default;
}

export function isNullable(schema: JsonObject): boolean {
  return schema['x-nullable'] === true;
}

export function isFree(schema: JsonObject): boolean {
  return schema['x-free'] === true;
}

/** One schema as the form draws it. */
export function shape(schema: JsonObject): JsonObject {
  const { anyOf, oneOf, prefixItems, items, properties, additionalProperties, allOf, ...rest } = schema;
  let shaped: JsonObject = { ...rest };
  const options = [anyOf, oneOf].filter(Array.isArray).flat().filter(isObject);
  if (options.length > 0) {
    shaped = { ...shapeOptions(options), ...shaped };
  }
  if (Array.isArray(allOf) && allOf.length === 1 && isObject(allOf[0])) {
    shaped = { ...shape(allOf[0]), ...shaped };
  }
  if (Array.isArray(shaped.type)) {
    shaped = { ...shaped, ...shapeTypes(shaped.type.filter(type => typeof type === 'string')) };
  }
  if (Array.isArray(prefixItems)) {
    shaped.items = prefixItems.filter(isObject).map(shape);
    shaped.additionalItems = false;
  } else if (isObject(items)) {
    shaped.items = shape(items);
  } else if (shaped.type === 'array' && shaped.items === undefined) {
    return free(shaped);
  }
  if (isObject(properties)) {
    shaped.properties = withDefaults(shapeAll(properties), shaped.default);
    shaped.additionalProperties = false;
  } else if (shaped.type === 'object' && shaped.properties === undefined) {
    return free({ ...shaped, ...(additionalProperties === undefined ? {} : { 'x-values': additionalProperties }) });
  }
  if ('const' in shaped) {
    shaped.enum = [shaped.const];
  }
  const known = shaped.type ?? shaped.enum ?? shaped.$ref ?? shaped.anyOf;
  return known === undefined ? free(shaped) : shaped;
}

/** A value that no control fits: it is written as JSON. */
function free(schema: JsonObject): JsonObject {
  return { ...schema, type: 'object', properties: {}, 'x-free': true };
}

function shapeOptions(options: JsonObject[]): JsonObject {
  const named = options.filter(option => option.type !== 'null');
  const nullable = named.length < options.length ? { 'x-nullable': true } : {};
  const [only] = named;
  if (only && named.length === 1) {
    return { ...shape(only), ...nullable };
  }
  if (named.length > 0 && named.every(option => 'const' in option)) {
    return { ...nullable, enum: named.map(option => option.const), 'x-labels': named.map(labelOf) };
  }
  return { ...nullable, anyOf: named.map(shape) };
}

function shapeTypes(types: string[]): JsonObject {
  const named = types.filter(type => type !== 'null');
  const nullable = named.length < types.length ? { 'x-nullable': true } : {};
  const [only] = named;
  return only !== undefined && named.length === 1
    ? { ...nullable, type: only }
    : { ...nullable, type: undefined, anyOf: named.map(type => ({ type })) };
}

function labelOf(option: JsonObject): string {
  return typeof option.title === 'string' ? option.title : String(option.const);
}

function shapeAll(schemas: JsonObject): Record<string, JsonObject> {
  const all: Record<string, JsonObject> = {};
  for (const [name, schema] of Object.entries(schemas)) {
    all[name] = { ...(isObject(schema) ? shape(schema) : free({})), 'x-name': name };
  }
  return all;
}

/** A parent's default is that of its fields. */
function withDefaults(properties: Record<string, JsonObject>, value: unknown): Record<string, JsonObject> {
  if (!isObject(value)) {
    return properties;
  }
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, name in value ? { ...schema, default: value[name] } : schema])
  );
}

function collect(schema: JsonObject, values: Values, form: FormSchema): void {
  const before = Object.keys(form.properties);
  for (const [name, property] of Object.entries(objectOf(schema.properties))) {
    // A branch may say more of a property that the root has; it never says less.
    form.properties[name] = { ...form.properties[name], ...(isObject(property) ? shape(property) : {}), 'x-name': name };
  }
  form.required.push(...strings(schema.required).filter(name => !form.required.includes(name)));
  form.exclusive.push(...exclusiveGroups(schema));
  const own = Object.keys(form.properties).filter(name => !before.includes(name));
  form.order.push(...strings(schema['x-order']).filter(name => own.includes(name)));
  form.order.push(...own.filter(name => !form.order.includes(name)));
  const branches = Array.isArray(schema.allOf) ? schema.allOf.filter(isObject) : [];
  for (const branch of [...branches, ...('if' in schema ? [schema] : [])]) {
    const chosen = holds(objectOf(branch.if), values, form.properties) ? branch.then : branch.else;
    if (isObject(chosen)) {
      collect(chosen, values, form);
    }
    if (branch !== schema && branch.if === undefined) {
      collect(branch, values, form);
    }
  }
}

/** Whether an `if` of constants holds. */
function holds(condition: JsonObject, values: Values, properties: Record<string, JsonObject>): boolean {
  return Object.entries(objectOf(condition.properties)).every(([name, test]) => {
    const value = values[name] ?? properties[name]?.default;
    if (!isObject(test)) {
      return true;
    }
    if ('const' in test) {
      return value === test.const;
    }
    return Array.isArray(test.enum) ? test.enum.includes(value) : true;
  });
}

function exclusiveGroups(schema: JsonObject): ExclusiveGroup[] {
  const groups = Array.isArray(schema['x-exclusive']) ? schema['x-exclusive'].filter(isObject) : [];
  return groups
    .map(group => ({
      fields: strings(group.fields),
      required: group.required === true,
      ...(typeof group.title === 'string' ? { title: group.title } : {})
    }))
    .filter(group => group.fields.length > 1);
}

/** Fields of one exclusive group stand together, where the first of them stands. */
function ordered(form: FormSchema): string[] {
  const order: string[] = [];
  for (const name of form.order) {
    const group = form.exclusive.find(({ fields }) => fields.includes(name));
    for (const field of group ? group.fields : [name]) {
      if (field in form.properties && !order.includes(field)) {
        order.push(field);
      }
    }
  }
  return order;
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function strings(value: unknown): string[] {
  return isStringArray(value) ? value : [];
}

/** Fields that fold away while they are at their defaults. */
export function foldedFields(form: FormSchema): string[] {
  const flagged = form.order.filter(name => form.properties[name]?.['x-advanced'] === true);
  if (flagged.length > 0) {
    return flagged;
  }
  const optional = form.order.filter(
    name => !form.required.includes(name) && !form.exclusive.some(({ fields }) => fields.includes(name))
  );
  return form.order.length > 12 ? optional.filter(name => form.order.indexOf(name) >= 8) : [];
}
