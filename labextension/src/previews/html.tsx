/** HTML in a frame of its own origin, without scripts. */

import type { ReactElement } from 'react';

import { FailureNotice, Loading } from '../components/basics';
import { trans } from '../translation';
import { useText } from './content';
import type { Preview, PreviewProps } from './registry';

function HtmlPreview({ artifact, client }: PreviewProps): ReactElement {
  const { value: text, failure } = useText(client, artifact);
  if (failure) {
    return <FailureNotice failure={failure} />;
  }
  if (text === null) {
    return <Loading>{trans.__('Loading %1', artifact.name)}</Loading>;
  }
  return <iframe className="trn-frame" title={artifact.name} sandbox="" srcDoc={text} />;
}

export const htmlPreview: Preview = {
  name: 'html',
  title: () => trans.__('Page'),
  accepts: ({ media_type }) => media_type === 'text/html',
  component: HtmlPreview
};
