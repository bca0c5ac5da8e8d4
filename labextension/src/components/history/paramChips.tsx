/** What was special about a run, and what came of it, in words. */

import type { ReactElement } from 'react';

import type { Run } from '../../api/types';
import { isObject, sameJson, showValue } from '../../logic/json';
import { isRunReference } from '../../logic/reference';
import { formSchema } from '../../logic/schema';
import type { ToolsModel } from '../../models/tools';
import { trans } from '../../translation';
import { referenceText } from '../reference';

interface Shown {
  name: string;
  text: string;
  /** Whether it differs from the tool's default; null where the tool is gone. */
  changed: boolean | null;
}

const MOST = 5;
const forms = new WeakMap<object, Record<string, { default?: unknown; 'x-secret'?: unknown }>>();

/** Changed values first; a value that is the tool's default is not worth a place. */
function shown(run: Run, tools: ToolsModel): { chips: Shown[]; allDefaults: boolean } {
  const tool = tools.find(run.tool);
  const entries = Object.entries(run.params);
  if (!tool) {
    return { chips: entries.map(([name, value]) => ({ name, text: textOf(value), changed: null })), allDefaults: false };
  }
  let properties = forms.get(tool.params_schema);
  if (!properties) {
    properties = formSchema(tool.params_schema, run.params).properties;
    forms.set(tool.params_schema, properties);
  }
  const chips = entries
    .filter(([name, value]) => !sameJson(value, properties[name]?.default) && value !== null && value !== undefined)
    .map(([name, value]) => ({
      name,
      text: properties[name]?.['x-secret'] === true ? trans.__('not shown') : textOf(value),
      changed: properties[name] !== undefined && 'default' in properties[name] && !isArtifact(value)
    }));
  return { chips, allDefaults: chips.length === 0 && entries.length > 0 };
}

function isArtifact(value: unknown): boolean {
  return isObject(value) && typeof value.artifact === 'string';
}

function textOf(value: unknown): string {
  const text = isArtifact(value) ? trans.__('a result') : isRunReference(value) ? referenceText(value) : showValue(value);
  return text.length > 32 ? `${text.slice(0, 31)}…` : text;
}

export function ParamChips(props: { run: Run; tools: ToolsModel; most?: number }): ReactElement {
  const { chips, allDefaults } = shown(props.run, props.tools);
  const most = props.most ?? MOST;
  return (
    <>
      {allDefaults && <span className="trn-quiet trn-chip-word">{trans.__('all defaults')}</span>}
      {chips.slice(0, most).map(({ name, text, changed }) => (
        <span key={name} className="trn-value-chip" data-changed={changed === true || undefined}>
          <span className="trn-chip-name">{name}</span> <span>{text}</span>
        </span>
      ))}
      {chips.length > most && <span className="trn-quiet trn-chip-word">{trans._n('%1 more', '%1 more', chips.length - most)}</span>}
    </>
  );
}

/** Behind the values: why it failed, who stopped it, how far it is. */
export function Outcome(props: { run: Run }): ReactElement | null {
  const { run } = props;
  if (run.status === 'failed' && run.error) {
    const { type, message } = run.error;
    return <span className="trn-outcome-bad">{message === '' ? type : `${type}: ${message.slice(0, 200)}`}</span>;
  }
  if (run.status === 'running' && run.progress?.text) {
    return <span className="trn-quiet">{run.progress.text}</span>;
  }
  if (run.attempt > 1) {
    return <span className="trn-quiet">{trans.__('attempt %1', run.attempt)}</span>;
  }
  return null;
}
