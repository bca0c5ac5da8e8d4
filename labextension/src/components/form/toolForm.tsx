/** The fields of one tool. Loaded only when a tool is opened: rjsf and ajv are large. */

import RjsfForm, { type IChangeEvent } from '@rjsf/core';
import type { RJSFSchema } from '@rjsf/utils';
import { customizeValidator } from '@rjsf/validator-ajv8';
import Ajv2020 from 'ajv/dist/2020';
import { useEffect, useMemo, type FocusEvent, type ReactElement } from 'react';

import { isObject } from '../../logic/json';
import { useModel } from '../../models/model';
import type { FormModel } from '../../models/form';
import { trans } from '../../translation';
import { Notice } from '../basics';
import type { FormContext, FormServices } from './context';
import { ArrayField, ObjectField, ScalarField, UnionField } from './fields';
import { ArrayFieldTemplate, FieldTemplate, ObjectFieldTemplate } from './templates';
import { validate } from './validator';

const rjsfValidator = customizeValidator<unknown, RJSFSchema, FormContext>({
  AjvClass: Ajv2020 as unknown as NonNullable<Parameters<typeof customizeValidator>[0]>['AjvClass'],
  ajvOptionsOverrides: { logger: false }
});

const fields = {
  StringField: ScalarField,
  NumberField: ScalarField,
  BooleanField: ScalarField,
  NullField: ScalarField,
  ObjectField,
  ArrayField,
  AnyOfField: UnionField
};

const templates = { FieldTemplate, ObjectFieldTemplate, ArrayFieldTemplate };

/** Absent stays absent: a default is shown, and filled by the server. */
const noDefaults = {
  emptyObjectFields: 'skipDefaults',
  allOf: 'skipDefaults',
  constAsDefaults: 'never',
  arrayMinItems: { populate: 'never' }
} as const;

export default function ToolForm(props: { model: FormModel; services: FormServices }): ReactElement {
  const { model, services } = props;
  const version = useModel(model);
  useEffect(() => model.setValidate(validate), [model]);
  const { form } = model;
  // rjsf draws a field again only when its props changed: the version stands for what the model says of it.
  const formContext = useMemo(() => ({ model, services, version }), [model, services, version]);
  const schema: RJSFSchema = {
    type: 'object',
    additionalProperties: false,
    required: form.required,
    properties: Object.fromEntries(form.order.map(name => [name, form.properties[name] ?? {}])),
    $defs: form.definitions
  };
  if (form.order.length === 0) {
    return <Notice>{trans.__('This tool takes no parameters.')}</Notice>;
  }
  const known = Object.fromEntries(Object.entries(model.values).filter(([name]) => name in form.properties));
  const onChange = (event: IChangeEvent<unknown, RJSFSchema, FormContext>): void => {
    if (isObject(event.formData)) {
      model.setValues(event.formData);
    }
  };
  const onBlur = (event: FocusEvent): void => {
    const field = event.target.closest<HTMLElement>('[data-field]');
    // Going from one control of a field to another is not leaving it.
    if (field?.dataset.field !== undefined && !field.contains(event.relatedTarget)) {
      model.visit(field.dataset.field);
    }
  };
  return (
    <div onBlur={onBlur}>
      <RjsfForm<unknown, RJSFSchema, FormContext>
        tagName="div"
        idPrefix={model.root}
        schema={schema}
        formData={known}
        formContext={formContext}
        validator={rjsfValidator}
        fields={fields}
        templates={templates}
        experimental_defaultFormStateBehavior={noDefaults}
        showErrorList={false}
        noHtml5Validate
        onChange={onChange}
      >
        <></>
      </RjsfForm>
    </div>
  );
}
