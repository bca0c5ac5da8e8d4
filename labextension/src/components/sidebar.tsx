/** The sidebar: which tool, and what to give it. */

import { useEffect, useState, type ReactElement } from 'react';

import { useModel } from '../models/model';
import type { SidebarModel } from '../models/sidebar';
import type { ToolboxesModel } from '../models/toolboxes';
import type { ToolListModel } from '../models/toolList';
import type { ToolsModel } from '../models/tools';
import { trans } from '../translation';
import { useSize } from './basics';
import type { FormServices } from './form/context';
import type { FormActions } from './formFrame';
import { FormPane, loadForm } from './formPane';
import { BackIcon } from './icons';
import { ProblemPanel } from './problemPanel';
import { Splitter } from './splitter';
import { Toolboxes } from './toolboxes';
import { PageIcons, ToolList, type SidebarPages } from './toolList';

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
      {form && below && (
        <FormPane
          form={form}
          services={props.services}
          actions={props.formActions}
          narrow={narrow}
          focusRequest={model.focusRequest}
          // The values stay, so that nothing is lost while the file is mended.
          broken={form.target ? null : (props.tools.find(form.tool.name)?.error ?? null)}
          submit={(priority, reuse) => model.submit(priority, reuse)}
          save={() => model.saveChanges()}
          close={() => model.close()}
          showSource={() => props.showSource(form.tool.name)}
          bar={
            narrow && (
              <div className="trn-bar">
                <button type="button" className="trn-button trn-bare" onClick={() => model.showList()}>
                  <BackIcon />
                  <span>{trans.__('Tools')}</span>
                </button>
                <span className="trn-grow" />
                <PageIcons pages={props.pages} />
              </div>
            )
          }
        />
      )}
    </div>
  );
}
