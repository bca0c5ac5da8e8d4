/** Vega, Vega-Lite and Plotly charts, drawn by their libraries in a frame: what a chart's text can make them do stays in there. */

import { useCallback, useMemo, useState, type ReactElement } from 'react';

import { FailureNotice, Loading, Notice } from '../components/basics';
import { useFrameTheme } from '../components/frameStyle';
import { SandboxFrame, type FrameMessage } from '../components/sandboxFrame';
import { pageOf } from '../logic/sandbox';
import { trans } from '../translation';
import { useLoaded, useText } from './content';
import type { PreviewProps } from './registry';

const SAY = "const say=(toolrunner,text)=>parent.parent.postMessage({toolrunner,text},'*');";
const LISTEN = `addEventListener('message',event=>{if(event.source!==parent.parent)return;try{Promise.resolve(draw(event.data)).then(()=>say('drawn'),error=>say('failed',String(error)))}catch(error){say('failed',String(error))}});say('ready');`;

const VEGA = `${SAY}
async function draw({chart,dark,kind}){
  await vegaEmbed('#chart',JSON.parse(chart),{mode:kind,actions:false,renderer:'canvas',theme:dark?'dark':undefined,config:dark?{background:'transparent',axis:{gridColor:'#555',domainColor:'#777',tickColor:'#777'},view:{stroke:'#555'}}:{}});
}${LISTEN}`;
const PLOTLY = `${SAY}
async function draw({chart,dark}){
  const figure=JSON.parse(chart);
  const colours=dark?{paper_bgcolor:'transparent',plot_bgcolor:'transparent',font:{color:'#ddd'},xaxis:{gridcolor:'#555'},yaxis:{gridcolor:'#555'}}:{};
  const layout=figure.layout||{};
  await Plotly.newPlot('chart',figure.data||[],figure.layout&&figure.layout.template?layout:{...colours,...layout},{responsive:true,displaylogo:false});
  if(figure.frames)await Plotly.addFrames('chart',figure.frames);
}${LISTEN}`;

const STYLE = 'html,body{height:100%;margin:0}body{box-sizing:border-box;padding:8px 16px}#chart{width:100%;height:100%}.vega-embed{width:100%}';

async function vega(): Promise<string[]> {
  const parts = await Promise.all([
    import('../../node_modules/vega/build/vega.min.js?source'),
    import('../../node_modules/vega-lite/build/vega-lite.min.js?source'),
    import('../../node_modules/vega-embed/build/vega-embed.min.js?source')
  ]);
  return [...parts.map(part => part.default), VEGA];
}

async function plotly(): Promise<string[]> {
  return [(await import('../../node_modules/plotly.js-dist-min/plotly.min.js?source')).default, PLOTLY];
}

export default function ChartPreview({ artifact, client }: PreviewProps): ReactElement {
  const { value: chart, failure, retry } = useText(client, artifact);
  if (failure) {
    return <FailureNotice failure={failure} onRetry={retry} />;
  }
  return chart === null ? <Loading>{trans.__('Loading %1', artifact.name)}</Loading> : <Chart chart={chart} type={artifact.media_type} title={artifact.name} />;
}

export interface ChartProps {
  /** As JSON. */
  chart: string;
  /** Its media type. */
  type: string;
  title: string;
}

export function Chart({ chart, type, title }: ChartProps): ReactElement {
  const kind = type.includes('plotly') ? 'plotly' : type.includes('vegalite') ? 'vega-lite' : 'vega';
  const scripts = useLoaded(kind === 'plotly' ? plotly : vega, kind);
  const { style, dark } = useFrameTheme();
  const [said, setSaid] = useState<FrameMessage | null>(null);
  const page = useMemo(
    () => ({ html: pageOf({ style: style + STYLE, body: '<div id="chart"></div>', scripts: scripts.value ?? [] }), scripts: true }),
    [style, scripts.value]
  );
  const data = useMemo(() => ({ chart, dark, kind }), [chart, dark, kind]);
  const onMessage = useCallback((message: FrameMessage) => setSaid(message), []);
  if (scripts.failure) {
    return <FailureNotice failure={scripts.failure} onRetry={scripts.retry} />;
  }
  if (scripts.value === null) {
    return <Loading>{trans.__('Loading %1', title)}</Loading>;
  }
  if (said?.toolrunner === 'failed') {
    return <Notice>{trans.__('The chart cannot be drawn: %1. Look at it as JSON.', said.text?.slice(0, 300) ?? '')}</Notice>;
  }
  return (
    <>
      {said?.toolrunner !== 'drawn' && <Loading>{trans.__('Drawing %1', title)}</Loading>}
      <SandboxFrame key={String(dark)} title={title} page={page} data={data} onMessage={onMessage} />
    </>
  );
}
