/** One tool's form with what stands above and below its fields. */

import { useEffect, useMemo, useRef, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';

import type { Priority, Tool } from '../api/types';
import type { FormModel } from '../models/form';
import { useModel } from '../models/model';
import { trans } from '../translation';
import { Boundary, later } from './boundary';
import type { FormServices } from './form/context';
import { DeliveryNote, FormFoot, FormHead, type FormActions } from './formFrame';

export const loadForm = (): Promise<typeof import('./form/toolForm')> => import('./form/toolForm');
const ToolForm = later(async () => (await loadForm()).default);

export interface FormPaneProps {
  form: FormModel;
  services: Omit<FormServices, 'formKey'>;
  actions: FormActions;
  narrow: boolean;
  /** Grows when the form asks for the focus. */
  focusRequest?: number;
  /** Why the tool can no longer be read. */
  broken: Tool['error'];
  /** Whether earlier runs and presets can be taken over; they can unless that is said. */
  offersPast?: boolean;
  /** Above all of it. */
  bar?: ReactNode;
  submit: (priority: Priority, reuse: boolean | null) => Promise<void>;
  /** Give the values to the run that waits for them. */
  save?: () => Promise<void>;
  /** Left out where the form stays. */
  close?: () => void;
  /** Left out where there is no place for it. */
  showSource?: () => void;
}

export function FormPane(props: FormPaneProps): ReactElement {
  const { form, actions, narrow, broken, focusRequest = 0 } = props;
  useModel(form);
  const body = useRef<HTMLDivElement>(null);
  const formKey = form.key;
  const services = useMemo(() => ({ ...props.services, formKey }), [props.services, formKey]);
  useEffect(() => {
    if (focusRequest > 0) {
      body.current?.querySelector<HTMLElement>('.trn-form-title')?.focus();
    }
  }, [focusRequest, form]);
  const send = async (call: () => Promise<void>): Promise<void> => {
    await call();
    if (form.problems.size > 0) {
      // The fields that were folded are drawn before the first of them is looked for.
      window.requestAnimationFrame(() => focusFirstInvalid(body.current));
    }
  };
  const run = (priority: Priority = 'default', reuse: boolean | null = null): void => void send(() => props.submit(priority, reuse));
  const save = (): void => void send(async () => props.save?.());
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      (form.target ? save : run)();
    }
  };
  return (
    <section className="trn-form-pane" aria-label={form.tool.title} ref={body} onKeyDown={onKeyDown}>
      {props.bar}
      <div className="trn-scroll trn-form">
        {broken && (
          <p role="alert" className="trn-notice">
            {trans.__('The file can no longer be read: %1', broken.message)}
            {broken.hint ? ` ${broken.hint}` : ''}
          </p>
        )}
        <FormHead key={formKey} form={form} actions={actions} narrow={narrow} onClose={props.close} showSource={props.showSource} offersPast={props.offersPast ?? true} />
        <Boundary key={`fields of ${formKey}`}>
          <ToolForm model={form} services={services} />
        </Boundary>
        <DeliveryNote tool={form.tool} />
      </div>
      <FormFoot form={form} actions={actions} runs={services.takesFiles ? services.runs : null} narrow={narrow} onRun={run} onSave={save} onShowProblem={() => focusFirstInvalid(body.current)} />
    </section>
  );
}

function focusFirstInvalid(node: HTMLElement | null): void {
  const field = node?.querySelector<HTMLElement>('[aria-invalid="true"]') ?? node?.querySelector<HTMLElement>('[data-invalid] :is(input, textarea, select, button)');
  const target = field?.matches('[role="radiogroup"]') ? field.querySelector<HTMLElement>('input') : field;
  target?.focus();
  target?.scrollIntoView({ block: 'nearest' });
}
