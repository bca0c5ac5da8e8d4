/** One artifact in a tab of its own. */

import type { ReactElement } from 'react';

import { trans } from '../translation';
import { FailureNotice, Loading, Notice } from './basics';
import { PreviewPane, type PreviewPaneProps } from './previewPane';
import { useLoaded } from '../previews/content';

export interface ArtifactPageProps extends Omit<PreviewPaneProps, 'artifact' | 'siblings' | 'open'> {
  id: string;
  run: string;
  onLoaded: (name: string, number: number) => void;
}

export function ArtifactPage(props: ArtifactPageProps): ReactElement {
  const { client, id, onLoaded } = props;
  const loaded = useLoaded(async () => {
    const run = await client.run(props.run);
    const artifact = run.artifacts.find(one => one.id === id) ?? null;
    if (artifact) {
      onLoaded(artifact.name, run.number);
    }
    return { artifact, siblings: run.artifacts };
  }, id);
  if (loaded.failure) {
    return <FailureNotice failure={loaded.failure} onRetry={loaded.retry} />;
  }
  if (!loaded.value) {
    return <Loading>{trans.__('Loading the page')}</Loading>;
  }
  const { artifact, siblings } = loaded.value;
  return <div className="trn-artifact-page">{artifact ? <PreviewPane {...props} artifact={artifact} siblings={siblings} /> : <Notice>{trans.__('The run has no such artifact any more.')}</Notice>}</div>;
}
