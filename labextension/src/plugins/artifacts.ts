/** Artifacts in tabs of their own. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { createElement } from 'react';

import { later } from '../components/boundary';
import { copy } from '../copying';
import { cutMiddle } from '../format';
import { historyIcon } from '../icons';
import { visible } from '../logic/visible';
import { addPage, Page, showPage } from '../page';
import { CommandIDs, IToolRunner, textArg } from '../tokens';
import { trans } from '../translation';

const ArtifactPage = later(async () => (await import('../components/artifactPage')).ArtifactPage);

class ArtifactWidget extends Page {
  artifact = '';
  run = '';
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-toolrunner:artifacts',
  description: 'Artifacts in tabs of their own.',
  autoStart: true,
  requires: [IToolRunner],
  optional: [ILayoutRestorer, IRenderMimeRegistry],
  activate: (
    app: JupyterFrontEnd,
    runner: IToolRunner,
    restorer: ILayoutRestorer | null,
    rendermime: IRenderMimeRegistry | null
  ): void => {
    const { commands } = app;
    const { client, health, previews, settings } = runner;
    const tracker = new WidgetTracker<ArtifactWidget>({ namespace: 'toolrunner-artifacts' });
    const open = (id: string, run: string): void => {
      let widget = tracker.find(other => other.artifact === id);
      if (!widget) {
        const made: ArtifactWidget = new ArtifactWidget({
          id: `toolrunner-artifact-${id}`,
          icon: historyIcon,
          label: trans.__('Result'),
          settings,
          health,
          draw: () =>
            createElement(ArtifactPage, {
              id,
              run,
              client,
              previews,
              rendermime,
              download: artifact => void commands.execute(CommandIDs.downloadArtifact, { id: artifact.id }),
              copy,
              onLoaded: (name, number) => {
                made.title.label = `${visible(cutMiddle(name, 30))} #${number}`;
                made.title.caption = `${visible(name)} #${number}`;
              }
            })
        });
        made.artifact = id;
        made.run = run;
        widget = made;
        addPage(app, widget, { type: 'Artifact' });
        void tracker.add(widget);
      }
      showPage(app, widget);
    };
    commands.addCommand(CommandIDs.openArtifact, {
      label: trans.__('Open the Result in a Tab of Its Own'),
      caption: trans.__('Show one result of a run beside the other pages'),
      describedBy: {
        args: {
          type: 'object',
          required: ['id', 'run'],
          properties: {
            id: { type: 'string', description: trans.__('Id of the artifact') },
            run: { type: 'string', description: trans.__('Id of the run that made it') }
          }
        }
      },
      execute: args => open(textArg(args.id), textArg(args.run))
    });
    void restorer?.restore(tracker, {
      command: CommandIDs.openArtifact,
      args: widget => ({ id: widget.artifact, run: widget.run }),
      name: widget => widget.artifact
    });
  }
};

export default plugin;
