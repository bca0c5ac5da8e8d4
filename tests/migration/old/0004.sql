BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
INSERT INTO "artifacts" VALUES('01m8k7y9rhbtafd85kn2jhgg0p','01m8k7y9hffvbdmyk4jn03mg3r',1,'counted.json','application/json',12,'017b4daa591b2f418d74660e5460285016a9afcdff4103a93840eb067471d4e3','{}');
INSERT INTO "artifacts" VALUES('01m8k7ycv5yajy1abmjffq7c5c','01m8k7ybspwt06p75w7rw8g9j3',1,'counted.json','application/json',12,'71184d1b1585134ac9710719bf15cc3427f19e6d004145d6c6e4d503b17020c0','{}');
INSERT INTO "artifacts" VALUES('01m8k7yfq9wtv4t5234k6av82h','01m8k7yefy8jqpzwq2938106fn',1,'result.json','application/json',4,'a30a043314fa89294fa2c1c989a01fbb5329e5c085a5c5a8d27317656de24ae0','{"result": true, "codec": "json"}');
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
INSERT INTO "attempts" VALUES('01m8k7y9hffvbdmyk4jn03mg3r',1,'succeeded',NULL,'null','host:11462:worker-1','2026-11-29 08:49:56.875929','2026-11-29 08:49:57.024466',22,'one twoone twoone two
','386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645');
INSERT INTO "attempts" VALUES('01m8k7ybspwt06p75w7rw8g9j3',1,'succeeded',NULL,'null','host:11531:worker-1','2026-11-29 08:50:00.024931','2026-11-29 08:50:00.170584',36,'Привет, мир ''quoted'' "too"
','386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645');
INSERT INTO "attempts" VALUES('01m8k7yefy8jqpzwq2938106fn',1,'succeeded',NULL,'null','host:11562:worker-1','2026-11-29 08:50:02.844312','2026-11-29 08:50:03.117596',0,'','386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645');
INSERT INTO "attempts" VALUES('01m8k7yjmbvwgnnkjys2pthkvr',1,'failed','error','{"type": "ZeroDivisionError", "message": "float division by zero", "hint": null, "frames": [{"file": "/home/ada/tools/divide.py", "line": 6, "function": "divide", "text": "return a / b", "own": true}], "traceback": "Traceback (most recent call last):\n  File \"/home/ada/tools/divide.py\", line 6, in divide\n    return a / b\n           ~~^~~\nZeroDivisionError: float division by zero\n"}','host:11651:worker-1','2026-11-29 08:50:07.240569','2026-11-29 08:50:07.538659',162,'Traceback (most recent call last):
  File "/home/ada/tools/divide.py", line 6, in divide
    return a / b
           ~~^~~
ZeroDivisionError: float division by zero
','386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645');
CREATE TABLE environments (
	digest VARCHAR(64) NOT NULL,
	description JSON NOT NULL,
	CONSTRAINT pk_environments PRIMARY KEY (digest)
);
INSERT INTO "environments" VALUES('386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645','{"python": "3.11.7", "executable": "/home/ada/.venv/bin/python", "platform": "Linux-6.1.0-x86_64-with-glibc2.36", "host": "host", "packages": {"networkx": "3.4.2", "pandas": "2.2.3"}}');
CREATE TABLE preferences (
	owner VARCHAR(200) NOT NULL,
	"key" VARCHAR(100) NOT NULL,
	value TEXT NOT NULL,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_preferences PRIMARY KEY (owner, "key")
);
CREATE TABLE preset_defaults (
	tool VARCHAR(400) NOT NULL,
	owner VARCHAR(200) NOT NULL,
	preset VARCHAR(64) NOT NULL,
	CONSTRAINT pk_preset_defaults PRIMARY KEY (tool, owner)
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
CREATE TABLE run_tags (
	run VARCHAR(26) NOT NULL,
	tag VARCHAR(60) NOT NULL,
	number BIGINT NOT NULL,
	added_by VARCHAR(200) NOT NULL,
	added_at DATETIME NOT NULL,
	CONSTRAINT pk_run_tags PRIMARY KEY (run, tag),
	CONSTRAINT fk_run_tags_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "run_tags" VALUES('01m8k7y9hffvbdmyk4jn03mg3r','good',1,'ada','2026-11-29 08:50:09.882362');
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
	finished_at DATETIME, tags JSON, note TEXT, origin VARCHAR(26), edits INTEGER DEFAULT 0 NOT NULL,
	CONSTRAINT uq_runs_id UNIQUE (id),
	CONSTRAINT uq_runs_owner_idempotency_key UNIQUE (owner, idempotency_key)
);
INSERT INTO "runs" VALUES(1,'01m8k7y9hffvbdmyk4jn03mg3r','box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"text": "one two", "times": 3}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'host:11462:worker-1',NULL,0,'ce4c8ff2-6e04-4597-adc9-e71567c2874f','14933c5fe7efe5bb67862511127d2885d826b0bbe92f9dbb8d7b22589ccb26c9','2026-11-29 08:49:56.783468','2026-11-29 08:49:56.783468','2026-11-29 08:49:56.875929','2026-11-29 08:49:57.024466','["good"]',NULL,NULL,1);
INSERT INTO "runs" VALUES(2,'01m8k7ybspwt06p75w7rw8g9j3','box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"text": "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440 ''quoted'' \"too\"", "times": 1}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'host:11531:worker-1',NULL,0,'85151eb1-4abc-4e4d-8dca-df9e54880435','f9238d179054ff203141eb767dddda96a4e4d2ceb8b458c3a02395a011f73558','2026-11-29 08:49:59.094870','2026-11-29 08:49:59.094870','2026-11-29 08:50:00.024931','2026-11-29 08:50:00.170584',NULL,'for the report',NULL,1);
INSERT INTO "runs" VALUES(3,'01m8k7yefy8jqpzwq2938106fn','box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"a": 1, "b": 4}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'host:11562:worker-1',NULL,0,'aa51693c-4cf9-4de7-a74d-3754cfdf7df6','e166c7cc9739e57347e130a65140ca73e609288febc56f23e66b411e1fdd10ec','2026-11-29 08:50:01.854483','2026-11-29 08:50:01.854483','2026-11-29 08:50:02.844312','2026-11-29 08:50:03.117596',NULL,NULL,NULL,0);
INSERT INTO "runs" VALUES(4,'01m8k7yjmbvwgnnkjys2pthkvr','box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"a": 1, "b": 0}','failed','error','{"type": "ZeroDivisionError", "message": "float division by zero", "hint": null, "frames": [{"file": "/home/ada/tools/divide.py", "line": 6, "function": "divide", "text": "return a / b", "own": true}], "traceback": "Traceback (most recent call last):\n  File \"/home/ada/tools/divide.py\", line 6, in divide\n    return a / b\n           ~~^~~\nZeroDivisionError: float division by zero\n"}','null','ada',1,'at_most_once',1,0,'host:11651:worker-1',NULL,0,'74daf0fc-df2b-4901-8572-7ef5b15d6dd0','28e8fa8495e1233f3bc08bada35efa324c6d5634b6b9e415173a30a293c9c780','2026-11-29 08:50:06.092038','2026-11-29 08:50:06.092038','2026-11-29 08:50:07.240569','2026-11-29 08:50:07.538659',NULL,NULL,NULL,0);
CREATE TABLE tools (
	name VARCHAR(400) NOT NULL,
	version VARCHAR(64) NOT NULL,
	description JSON NOT NULL,
	created_at DATETIME NOT NULL,
	CONSTRAINT pk_tools PRIMARY KEY (name, version)
);
INSERT INTO "tools" VALUES('box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"name": "box.words", "toolbox": "box", "title": "Count the words of a text", "kind": "script", "description": "Count the words of a text.", "category": "Box", "tags": [], "params_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"text": {"type": "string", "title": "Text"}, "times": {"type": "integer", "default": 1, "title": "Times", "x-flag": "--times"}}, "required": ["text"], "x-order": ["text", "times"], "additionalProperties": false}, "entry": {"path": "/home/ada/tools/words.py", "module": null, "attribute": null, "root": "/home/ada/tools", "view": "private", "preload": [], "files": ["/home/ada/tools/words.py"], "command_line": {"parser": {"arguments": [{"field": "text", "dest": "text", "flags": [], "action": "store", "nargs": null, "text": "str", "const": null, "has_const": false, "default": null, "has_default": false, "required": true}, {"field": "times", "dest": "times", "flags": ["--times"], "action": "store", "nargs": null, "text": "int", "const": null, "has_const": false, "default": 1, "has_default": true, "required": false}], "exclusive": [], "commands": null, "prefix_chars": "-", "fromfile_prefix_chars": null, "allow_abbrev": true}, "method": "parse_args"}}, "policy": {"delivery": "at_most_once", "time_limit": null, "max_attempts": 3}, "source": "\"\"\"Count the words of a text.\"\"\"\nimport argparse, json\np = argparse.ArgumentParser(description=__doc__)\np.add_argument(\"text\")\np.add_argument(\"--times\", type=int, default=1)\na = p.parse_args()\nprint(a.text * a.times)\nopen(\"counted.json\", \"w\").write(json.dumps({\"words\": len(a.text.split()) * a.times}))\n", "version": "3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4", "error": null, "notice": null}','2026-11-29 08:49:56.774932');
INSERT INTO "tools" VALUES('box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"name": "box.divide", "toolbox": "box", "title": "Divide", "kind": "function", "description": "Divide.", "category": "Box", "tags": [], "params_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"a": {"type": "number", "title": "A"}, "b": {"type": "number", "title": "B"}}, "additionalProperties": false, "x-order": ["a", "b"], "required": ["a", "b"]}, "entry": {"path": "/home/ada/tools/divide.py", "module": null, "attribute": "divide", "root": "/home/ada/tools", "view": "private", "preload": [], "files": ["/home/ada/tools/divide.py"], "command_line": null}, "policy": {"delivery": "at_most_once", "time_limit": null, "max_attempts": 3}, "source": "from jupyter_toolrunner import tool\n\n@tool\ndef divide(a: float, b: float) -> float:\n    \"\"\"Divide.\"\"\"\n    return a / b\n", "version": "c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea", "error": null, "notice": null}','2026-11-29 08:50:01.843525');
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
CREATE INDEX ix_runs_claim ON runs (status, priority, number) WHERE status = 'queued';
CREATE INDEX ix_runs_lease ON runs (status, lease_until) WHERE status = 'running';
CREATE INDEX ix_runs_tool_number ON runs (tool, number);
CREATE INDEX ix_runs_owner_number ON runs (owner, number);
CREATE INDEX ix_runs_status_number ON runs (status, number);
CREATE INDEX ix_artifacts_run ON artifacts (run);
CREATE INDEX ix_artifacts_digest ON artifacts (digest);
CREATE INDEX ix_uploads_owner ON uploads (owner);
CREATE INDEX ix_run_tags_tag_number ON run_tags (tag, number);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',4);
COMMIT;
