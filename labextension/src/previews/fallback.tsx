/** What is known of a file that nothing here can show. */

import type { ReactElement } from 'react';

import { Button } from '../components/basics';
import { DownloadIcon } from '../components/icons';
import { formatBytes } from '../format';
import { trans } from '../translation';
import type { Preview, PreviewProps } from './registry';

export function FallbackPreview(props: PreviewProps & { note?: string }): ReactElement {
  const { artifact } = props;
  return (
    <div className="trn-fallback">
      <p>{props.note ?? trans.__('There is no preview for %1.', artifact.media_type)}</p>
      <p className="trn-quiet">{formatBytes(artifact.size)}</p>
      <Button icon={<DownloadIcon />} onClick={() => props.download(artifact)}>
        {trans.__('Download')}
      </Button>
    </div>
  );
}

export const fallbackPreview: Preview = {
  name: 'file',
  title: () => trans.__('File'),
  accepts: () => true,
  component: FallbackPreview
};
