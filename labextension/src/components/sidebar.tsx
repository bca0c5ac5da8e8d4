/** The sidebar: which tool, and what to give it. */

import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';

import type { Priority } from '../api/types';
import type { FormModel } from '../models/form';
import { useModel } from '../models/model';
import type { SidebarModel } from '../models/sidebar';
import type { ToolboxesModel } from '../models/toolboxes';
import type { ToolListModel } from '../models/toolList';
import type { ToolsModel } from '../models/tools';
import { trans } from '../translation';
import { useSize } from './basics';
import { Boundary, later } from './boundary';
import type { FormServices } from './form/context';
import { FormFoot, FormHead, type FormActions } from './formFrame';
import { BackIcon } from './icons';
import { ProblemPanel } from './problemPanel';
import { Splitter } from './splitter';
import { Toolboxes } from './toolboxes';
import { PageIcons, ToolList, type SidebarPages } from './toolList';

const loadForm = (): Promise<typeof import('./form/toolForm')> => import('./form/toolForm');
const ToolForm = later(async () => (await loadForm()).default);

/** Narrower than this, list and form swap. */
const NARROW = 280;

export interface SidebarProps {
  model: SidebarModel;
  list: ToolListModel;
  toolboxes: ToolboxesModel;
  tools: ToolsModel;
  services: Omit<FormServices, 'formKey'>;
  formActions: FormActions;
  pages: SidebarPages;
  addTools: () => void;
  showSource: (tool: string) => void;
}

export function Sidebar(props: SidebarProps): ReactElement {
  const { model, list, toolboxes } = props;
  useModel(model);
  useModel(list);
  useModel(toolboxes);
  const [node, setNode] = useState<HTMLElement | null>(null);
  const { width } = useSize(node);
  const narrow = width > 0 && width < NARROW;
  const problem = list.problem;
  const adding = toolboxes.open;
  const form = problem || adding ? null : model.form;
  const listFirst = narrow && model.isListFirst;
  const below = (form !== null || problem !== null || adding) && !listFirst;
  const shown = width > 0;
  useEffect(() => {
    // Who looks at the tools will open one: its form is there by then.
    if (shown) {
      void loadForm();
    }
  }, [shown]);
  return (
    <div ref={setNode} className="trn-panel" data-narrow={narrow || undefined}>
      {!(narrow && below) && <ToolList list={list} openRun={props.services.openRun} pages={props.pages} alone={!below} addTools={props.addTools} />}
      {below && !narrow && <Splitter />}
      {adding && below && <Toolboxes model={toolboxes} narrow={narrow} browse={props.services.browse} />}
      {problem && !adding && below && <ProblemPanel list={list} narrow={narrow} showSource={props.showSource} />}
      {form && below && <FormPanel {...props} form={form} narrow={narrow} />}
    </div>
  );
}

function FormPanel(props: SidebarProps & { form: FormModel; narrow: boolean }): ReactElement {
  const { form, model } = props;
  useModel(form);
  // The values stay, so that nothing is lost while the file is mended.
  const broken = form.target ? null : props.tools.find(form.tool.name)?.error;
  const body = useRef<HTMLDivElement>(null);
  const { focusRequest } = model;
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
  const run = (priority: Priority = 'default'): void => void send(() => model.submit(priority));
  const save = (): void => void send(() => model.saveChanges());
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      (form.target ? save : run)();
    }
  };
  return (
    <section className="trn-form-pane" aria-label={form.tool.title} ref={body} onKeyDown={onKeyDown}>
      {props.narrow && (
        <div className="trn-bar">
          <button type="button" className="trn-button trn-bare" onClick={() => model.showList()}>
            <BackIcon />
            <span>{trans.__('Tools')}</span>
          </button>
          <span className="trn-grow" />
          <PageIcons pages={props.pages} />
        </div>
      )}
      <div className="trn-scroll trn-form">
        {broken && (
          <p role="alert" className="trn-notice">
            {trans.__('The file can no longer be read: %1', broken.message)}
            {broken.hint ? ` ${broken.hint}` : ''}
          </p>
        )}
        <FormHead
          key={formKey}
          form={form}
          actions={props.formActions}
          narrow={props.narrow}
          onClose={() => model.close()}
          showSource={() => props.showSource(form.tool.name)}
        />
        <Boundary key={`fields of ${formKey}`}>
          <ToolForm model={form} services={services} />
        </Boundary>
      </div>
      <FormFoot
        form={form}
        actions={props.formActions}
        narrow={props.narrow}
        onRun={run}
        onSave={save}
        onShowProblem={() => focusFirstInvalid(body.current)}
      />
    </section>
  );
}

function focusFirstInvalid(node: HTMLElement | null): void {
  const field = node?.querySelector<HTMLElement>('[aria-invalid="true"]') ?? node?.querySelector<HTMLElement>('[data-invalid] :is(input, textarea, select, button)');
  const target = field?.matches('[role="radiogroup"]') ? field.querySelector<HTMLElement>('input') : field;
  target?.focus();
  target?.scrollIntoView({ block: 'nearest' });
}
