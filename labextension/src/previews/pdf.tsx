/** PDF, drawn by pdf.js in a frame: neither its scripts nor its fonts get at anything. */

import { useCallback, useMemo, useState, type ReactElement } from 'react';

import { FailureNotice, Loading, Notice } from '../components/basics';
import { useFrameTheme } from '../components/frameStyle';
import { SandboxFrame, type FrameMessage } from '../components/sandboxFrame';
import { pageOf } from '../logic/sandbox';
import { trans } from '../translation';
import { useLoaded } from './content';
import type { PreviewProps } from './registry';

const STYLE = `
html,body{height:100%;margin:0}body{display:flex;flex-direction:column;background:var(--jp-layout-color2);font:13px var(--jp-ui-font-family),sans-serif}
header{display:flex;flex:none;gap:6px;align-items:center;padding:4px 12px;background:var(--jp-layout-color1);border-bottom:1px solid var(--jp-border-color2)}
button{font:inherit;color:inherit;min-width:26px;height:24px;border:1px solid var(--jp-border-color2);border-radius:2px;background:none}
main{flex:1;overflow:auto;padding:12px}main:focus{outline:none}.page{position:relative;margin:0 auto 12px;background:#fff;box-shadow:0 0 3px #0006}
canvas{display:block;width:100%;height:100%}
.textLayer{position:absolute;inset:0;overflow:clip;line-height:1;text-size-adjust:none;forced-color-adjust:none;transform-origin:0 0}
.textLayer :is(span,br){color:transparent;position:absolute;white-space:pre;cursor:text;transform-origin:0% 0%}
.textLayer{--min-font-size:1;--text-scale-factor:calc(var(--total-scale-factor)*var(--min-font-size));--min-font-size-inv:calc(1/var(--min-font-size))}
.textLayer>:not(.markedContent),.textLayer .markedContent span:not(.markedContent){font-size:calc(var(--text-scale-factor)*var(--font-height));transform:rotate(var(--rotate,0deg)) scaleX(var(--scale-x,1)) scale(var(--min-font-size-inv))}
::selection{background:#0090ff55}`;

const BODY = `<header><button id="less">−</button><span id="zoom"></span><button id="more">+</button><span style="flex:1"></span><span id="where" role="status"></span></header><main id="pages" tabindex="0"></main>`;

const SCRIPT = `
const say=(toolrunner,text)=>parent.parent.postMessage({toolrunner,text},'*');
addEventListener('message',event=>{if(event.source===parent.parent)show(event.data).then(()=>say('drawn'),error=>say('failed',String(error&&error.message||error)))},{once:true});
async function show({library,worker,file,words}){
  const url=text=>URL.createObjectURL(new Blob([text],{type:'text/javascript'}));
  const pdfjs=await import(url(library));
  pdfjs.GlobalWorkerOptions.workerPort=new Worker(url(worker));
  const pdf=await pdfjs.getDocument({data:file,isEvalSupported:false,enableXfa:false,useWorkerFetch:false,useWasm:false,disableFontFace:false}).promise;
  const main=document.getElementById('pages'),where=document.getElementById('where'),zoomText=document.getElementById('zoom');
  for(const [id,key] of [['less','smaller'],['more','larger']]){const b=document.getElementById(id);b.title=words[key];b.setAttribute('aria-label',words[key])}
  main.setAttribute('aria-label',words.title);
  const first=await pdf.getPage(1),size=first.getViewport({scale:1});
  let zoom=Math.max(.25,Math.min(1.6,(main.clientWidth-28)/size.width));
  const boxes=[];
  for(let i=1;i<=Math.min(pdf.numPages,5000);i++){
    const box=document.createElement('div');box.className='page';box.dataset.n=i;box.ratio=size.height/size.width;box.base=size.width;
    box.setAttribute('role','img');box.setAttribute('aria-label',words.page.replace('%1',i).replace('%2',pdf.numPages));
    boxes.push(box);main.append(box);
  }
  const lay=box=>{box.style.width=box.base*zoom+'px';box.style.height=box.base*box.ratio*zoom+'px'};
  const near=new Set();
  async function draw(box){
    const wanted=box.wanted=zoom;
    const page=await pdf.getPage(+box.dataset.n),natural=page.getViewport({scale:1});
    box.base=natural.width;box.ratio=natural.height/natural.width;lay(box);
    if(box.wanted!==wanted||!near.has(box))return;
    const dense=Math.min(devicePixelRatio||1,Math.sqrt(16e6/(natural.width*natural.height*wanted*wanted)));
    const view=page.getViewport({scale:wanted*dense}),canvas=document.createElement('canvas');
    canvas.width=view.width;canvas.height=view.height;
    await page.render({canvas,canvasContext:canvas.getContext('2d'),viewport:view}).promise;
    if(box.wanted!==wanted||!near.has(box))return;
    const text=document.createElement('div');text.className='textLayer';text.style.setProperty('--total-scale-factor',wanted);
    box.replaceChildren(canvas,text);box.removeAttribute('role');
    await new pdfjs.TextLayer({textContentSource:page.streamTextContent(),container:text,viewport:page.getViewport({scale:wanted})}).render();
  }
  const watcher=new IntersectionObserver(entries=>{for(const e of entries){if(e.isIntersecting){near.add(e.target);draw(e.target).catch(()=>{})}else{near.delete(e.target);e.target.wanted=0;e.target.replaceChildren()}}},{root:main,rootMargin:'600px'});
  const count=()=>{const top=main.scrollTop+main.clientHeight/3;let n=1;for(const b of boxes){if(b.offsetTop-main.offsetTop<=top)n=+b.dataset.n;else break}where.textContent=words.page.replace('%1',n).replace('%2',pdf.numPages)};
  const scale=next=>{const at=main.scrollTop/Math.max(1,main.scrollHeight);zoom=Math.max(.1,Math.min(5,next));zoomText.textContent=Math.round(zoom*100)+'%';boxes.forEach(lay);main.scrollTop=at*main.scrollHeight;near.forEach(b=>draw(b).catch(()=>{}));count()};
  document.getElementById('less').onclick=()=>scale(zoom/1.2);document.getElementById('more').onclick=()=>scale(zoom*1.2);
  main.addEventListener('scroll',count,{passive:true});
  addEventListener('keydown',e=>{if(e.key==='+'||e.key==='=')scale(zoom*1.2);if(e.key==='-')scale(zoom/1.2)});
  scale(zoom);boxes.forEach(b=>watcher.observe(b));
}
say('ready');`;

interface Parts {
  library: string;
  worker: string;
  file: Uint8Array;
}

async function parts({ client, artifact }: Pick<PreviewProps, 'client' | 'artifact'>): Promise<Parts> {
  const [library, worker, file] = await Promise.all([
    import('../../node_modules/pdfjs-dist/legacy/build/pdf.min.mjs?source'),
    import('../../node_modules/pdfjs-dist/legacy/build/pdf.worker.min.mjs?source'),
    client.artifact(artifact.id)
  ]);
  return { library: library.default, worker: classic(worker.default), file: new Uint8Array(await file.arrayBuffer()) };
}

/** A frame without an origin may start no worker from a module, only from a plain script. */
function classic(module: string): string {
  return module.replace(/export\s*\{[^{}]*\};?\s*$/, '').replaceAll('import.meta.url', 'self.location.href');
}

export default function PdfPreview(props: PreviewProps): ReactElement {
  const { artifact } = props;
  const loaded = useLoaded(() => parts(props), artifact.id);
  const { style } = useFrameTheme();
  const [said, setSaid] = useState<FrameMessage | null>(null);
  const page = useMemo(() => ({ html: pageOf({ style: style + STYLE, body: BODY, scripts: [SCRIPT] }), scripts: true }), [style]);
  const data = useMemo(
    () =>
      loaded.value && {
        ...loaded.value,
        words: { title: artifact.name, page: trans.__('Page %1 of %2', '%1', '%2'), smaller: trans.__('Smaller'), larger: trans.__('Larger') }
      },
    [loaded.value, artifact.name]
  );
  const onMessage = useCallback((message: FrameMessage) => setSaid(message), []);
  if (loaded.failure) {
    return <FailureNotice failure={loaded.failure} onRetry={loaded.retry} />;
  }
  if (!data) {
    return <Loading>{trans.__('Loading %1', artifact.name)}</Loading>;
  }
  if (said?.toolrunner === 'failed') {
    return <Notice>{trans.__('The PDF cannot be shown: %1', said.text?.slice(0, 300) ?? '')}</Notice>;
  }
  return <SandboxFrame title={artifact.name} page={page} data={data} onMessage={onMessage} />;
}
