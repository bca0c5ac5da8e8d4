BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0022');
CREATE TABLE artifacts (
	id VARCHAR(26) NOT NULL,
	run VARCHAR(26) NOT NULL,
	attempt INTEGER NOT NULL,
	name TEXT NOT NULL,
	media_type VARCHAR(200) NOT NULL,
	size BIGINT NOT NULL,
	digest VARCHAR(64) NOT NULL,
	metadata JSON NOT NULL, freed_at DATETIME, freed_by TEXT, used_at DATETIME,
	CONSTRAINT pk_artifacts PRIMARY KEY (id),
	CONSTRAINT fk_artifacts_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "artifacts" VALUES('01m8k810zxev4vj8z1emkey9t8','01m8k810mf6vqd5nj74cxm12r4',1,'counted.json','application/json',12,'017b4daa591b2f418d74660e5460285016a9afcdff4103a93840eb067471d4e3','{}','2026-11-30 10:00:00.000000','artifacts stay 90 days',NULL);
INSERT INTO "artifacts" VALUES('01m8k8149d742964xq66z33zzd','01m8k812yt2q0eeby7qpc3bqmh',1,'counted.json','application/json',12,'71184d1b1585134ac9710719bf15cc3427f19e6d004145d6c6e4d503b17020c0','{}',NULL,NULL,'2026-11-30 11:00:00.000000');
INSERT INTO "artifacts" VALUES('01m8k817gp4jmcg226hjpb8xpz','01m8k816hq64ywzmq14mt9cams',1,'result.json','application/json',4,'a30a043314fa89294fa2c1c989a01fbb5329e5c085a5c5a8d27317656de24ae0','{"result": true, "codec": "json"}',NULL,NULL,NULL);
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
	environment VARCHAR(64), freed_at DATETIME, freed_by TEXT,
	CONSTRAINT pk_attempts PRIMARY KEY (run, number),
	CONSTRAINT fk_attempts_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('01m8k810mf6vqd5nj74cxm12r4',1,'succeeded',NULL,'null','host:13554:worker-2','2026-11-29 08:51:25.976261','2026-11-29 08:51:26.342270',22,'one twoone twoone two
','386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645','2026-11-30 10:00:00.000000','logs stay 90 days');
INSERT INTO "attempts" VALUES('01m8k812yt2q0eeby7qpc3bqmh',1,'succeeded',NULL,'null','host:13694:worker-2','2026-11-29 08:51:29.478226','2026-11-29 08:51:29.731829',36,'Привет, мир ''quoted'' "too"
','386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645',NULL,NULL);
INSERT INTO "attempts" VALUES('01m8k816hq64ywzmq14mt9cams',1,'succeeded',NULL,'null','host:13963:worker-1','2026-11-29 08:51:32.911776','2026-11-29 08:51:33.018025',0,'','386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645',NULL,NULL);
INSERT INTO "attempts" VALUES('01m8k818swan6nk9dqs8eg5gyx',1,'failed','error','{"type": "ZeroDivisionError", "message": "float division by zero", "hint": null, "frames": [{"file": "/home/ada/tools/divide.py", "line": 6, "function": "divide", "text": "return a / b", "own": true}], "traceback": "Traceback (most recent call last):\n  File \"/home/ada/tools/divide.py\", line 6, in divide\n    return a / b\n           ~~^~~\nZeroDivisionError: float division by zero\n"}','host:14014:worker-1','2026-11-29 08:51:34.976286','2026-11-29 08:51:35.074944',162,'Traceback (most recent call last):
  File "/home/ada/tools/divide.py", line 6, in divide
    return a / b
           ~~^~~
ZeroDivisionError: float division by zero
','386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645',NULL,NULL);
CREATE TABLE awaited_runs (
	awaited VARCHAR(26) NOT NULL, 
	run VARCHAR(26) NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	CONSTRAINT pk_awaited_runs PRIMARY KEY (awaited, run), 
	CONSTRAINT fk_awaited_runs_awaited FOREIGN KEY(awaited) REFERENCES runs (id) ON DELETE CASCADE, 
	CONSTRAINT fk_awaited_runs_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "awaited_runs" VALUES('01m8k810mf6vqd5nj74cxm12r4','01m8k818swan6nk9dqs8eg5gyx',0);
CREATE TABLE batch_rows (
	batch VARCHAR(26) NOT NULL, 
	"row" INTEGER NOT NULL, 
	run VARCHAR(26) NOT NULL, 
	CONSTRAINT pk_batch_rows PRIMARY KEY (batch, "row"), 
	CONSTRAINT fk_batch_rows_batch FOREIGN KEY(batch) REFERENCES batches (id) ON DELETE CASCADE, 
	CONSTRAINT fk_batch_rows_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "batch_rows" VALUES('01m8mz00000000000000000000',1,'01m8k810mf6vqd5nj74cxm12r4');
INSERT INTO "batch_rows" VALUES('01m8mz00000000000000000000',2,'01m8k812yt2q0eeby7qpc3bqmh');
CREATE TABLE batches (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR(26) NOT NULL, 
	tool VARCHAR(400) NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	rows INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT uq_batches_id UNIQUE (id)
);
INSERT INTO "batches" VALUES(1,'01m8mz00000000000000000000','box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','ada','words.csv',2,'2026-11-29 08:51:25.967979');
CREATE TABLE cleanings (
	number INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	summary JSON NOT NULL, 
	CONSTRAINT pk_cleanings PRIMARY KEY (number)
);
INSERT INTO "cleanings" VALUES(1,'2026-11-30 10:00:00.000000','{"at": "2026-11-30T10:00:00Z", "by": "", "logs": 1, "log_bytes": 5, "artifacts": 1, "artifact_bytes": 5, "rules": {"logs stay 90 days": 1}, "examples": []}');
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
CREATE TABLE environments (
	digest VARCHAR(64) NOT NULL,
	description JSON NOT NULL,
	CONSTRAINT pk_environments PRIMARY KEY (digest)
);
INSERT INTO "environments" VALUES('386bb348a106b20589dfcd2301a05b2313f95086eaae83ba8c91350cbb4c6645','{"python": "3.11.7", "executable": "/home/ada/.venv/bin/python", "platform": "Linux-6.1.0-x86_64-with-glibc2.36", "host": "host", "packages": {"networkx": "3.4.2", "pandas": "2.2.3"}}');
CREATE TABLE leaving (
	kind VARCHAR(8) NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_leaving PRIMARY KEY (kind, "key")
);
INSERT INTO "leaving" VALUES('log','01m8k810mf6vqd5nj74cxm12r4/1');
CREATE TABLE offers (
	tool VARCHAR(400) NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	place VARCHAR(64) NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	description JSON NOT NULL, 
	CONSTRAINT pk_offers PRIMARY KEY (tool, version, place, source)
);
CREATE TABLE param_tools (
	name VARCHAR(200) NOT NULL, 
	tool VARCHAR(400) NOT NULL, 
	CONSTRAINT pk_param_tools PRIMARY KEY (name, tool)
);
INSERT INTO "param_tools" VALUES('a','box.divide');
INSERT INTO "param_tools" VALUES('b','box.divide');
INSERT INTO "param_tools" VALUES('text','box.words');
INSERT INTO "param_tools" VALUES('times','box.words');
CREATE TABLE places (
	place VARCHAR(64) NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	host VARCHAR(255) NOT NULL, 
	seen_until FLOAT NOT NULL, 
	CONSTRAINT pk_places PRIMARY KEY (place, source)
);
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
CREATE TABLE queue_rules (
	tool VARCHAR(400) NOT NULL, 
	max_running INTEGER, 
	held_by VARCHAR(200), 
	held_at DATETIME, 
	note TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_queue_rules PRIMARY KEY (tool)
);
INSERT INTO "queue_rules" VALUES('box.add',2,'anna','2026-11-30 09:00:00.000000','new data');
INSERT INTO "queue_rules" VALUES('box.fail',1,NULL,NULL,'');
CREATE TABLE queue_turns (
	owner VARCHAR(200) NOT NULL, 
	turn BIGINT NOT NULL, 
	CONSTRAINT pk_queue_turns PRIMARY KEY (owner)
);
INSERT INTO "queue_turns" VALUES('anna',3);
CREATE TABLE reusable (
	"key" VARCHAR(64) NOT NULL, 
	run VARCHAR(26) NOT NULL, 
	is_ready BOOLEAN NOT NULL, 
	CONSTRAINT pk_reusable PRIMARY KEY ("key"), 
	CONSTRAINT fk_reusable_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE TABLE run_changes (
	number INTEGER NOT NULL, 
	CONSTRAINT pk_run_changes PRIMARY KEY (number)
);
CREATE TABLE run_counts (
	tool VARCHAR(400) NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	runs BIGINT NOT NULL, 
	CONSTRAINT pk_run_counts PRIMARY KEY (tool, owner, status)
);
INSERT INTO "run_counts" VALUES('box.divide','ada','failed',1);
INSERT INTO "run_counts" VALUES('box.divide','ada','succeeded',1);
INSERT INTO "run_counts" VALUES('box.words','ada','succeeded',2);
CREATE TABLE run_facts (
	number INTEGER NOT NULL, 
	tool VARCHAR(400) NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	reason VARCHAR(16), 
	priority INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	duration FLOAT, 
	CONSTRAINT pk_run_facts PRIMARY KEY (number)
);
INSERT INTO "run_facts" VALUES(1,'box.words','ada','succeeded',NULL,1,'2026-11-29 08:51:25.967979','2026-11-29 08:51:25.976261',3.66000831127166748046e-01);
INSERT INTO "run_facts" VALUES(2,'box.words','ada','succeeded',NULL,1,'2026-11-29 08:51:28.346557','2026-11-29 08:51:29.478226',2.53991782665252685546e-01);
INSERT INTO "run_facts" VALUES(3,'box.divide','ada','succeeded',NULL,1,'2026-11-29 08:51:32.023571','2026-11-29 08:51:32.911776',1.0601431131362915039e-01);
INSERT INTO "run_facts" VALUES(4,'box.divide','ada','failed','error',1,'2026-11-29 08:51:34.332162','2026-11-29 08:51:34.976286',9.90137457847595214843e-02);
CREATE TABLE run_hours (
	hour INTEGER NOT NULL, 
	first BIGINT NOT NULL, 
	last BIGINT NOT NULL, 
	CONSTRAINT pk_run_hours PRIMARY KEY (hour)
);
INSERT INTO "run_hours" VALUES(498872,1,4);
CREATE TABLE run_index (
	id INTEGER NOT NULL,
	filled BIGINT NOT NULL, last BIGINT DEFAULT 0 NOT NULL, said BIGINT DEFAULT 0 NOT NULL,
	CONSTRAINT pk_run_index PRIMARY KEY (id)
);
INSERT INTO "run_index" VALUES(1,4,4,0);
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
INSERT INTO "run_params" VALUES('a',3,'1',1.0);
INSERT INTO "run_params" VALUES('a',4,'1',1.0);
INSERT INTO "run_params" VALUES('b',3,'4',4.0);
INSERT INTO "run_params" VALUES('b',4,'0',0.0);
INSERT INTO "run_params" VALUES('text',1,'one two',NULL);
INSERT INTO "run_params" VALUES('text',2,'привет, мир ''quoted'' "too"',NULL);
INSERT INTO "run_params" VALUES('times',1,'3',3.0);
INSERT INTO "run_params" VALUES('times',2,'1',1.0);
CREATE TABLE run_quarters (
	quarter INTEGER NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	runs BIGINT NOT NULL, 
	CONSTRAINT pk_run_quarters PRIMARY KEY (quarter, status)
);
INSERT INTO "run_quarters" VALUES(1995491,'failed',1);
INSERT INTO "run_quarters" VALUES(1995491,'succeeded',3);
CREATE TABLE run_tags (
	run VARCHAR(26) NOT NULL,
	tag VARCHAR(60) NOT NULL,
	number BIGINT NOT NULL,
	added_by VARCHAR(200) NOT NULL,
	added_at DATETIME NOT NULL,
	CONSTRAINT pk_run_tags PRIMARY KEY (run, tag),
	CONSTRAINT fk_run_tags_run FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "run_tags" VALUES('01m8k810mf6vqd5nj74cxm12r4','good',1,'ada','2026-11-29 08:51:36.270527');
CREATE TABLE run_words (
	gram BIGINT NOT NULL, 
	span BIGINT NOT NULL, 
	bits BLOB NOT NULL, 
	CONSTRAINT pk_run_words PRIMARY KEY (gram, span)
);
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
	finished_at DATETIME, tags JSON, note TEXT, origin VARCHAR(26), edits INTEGER DEFAULT 0 NOT NULL, duration FLOAT GENERATED ALWAYS AS (((julianday(finished_at) - julianday(started_at)) * 86400.0)) VIRTUAL, chain VARCHAR(26), ready_at FLOAT, queue_place BIGINT DEFAULT 0 NOT NULL, "after" JSON, awaited BOOLEAN DEFAULT 0 NOT NULL, reuse BOOLEAN, reuse_key VARCHAR(64), reused JSON,
	CONSTRAINT uq_runs_id UNIQUE (id),
	CONSTRAINT uq_runs_owner_idempotency_key UNIQUE (owner, idempotency_key)
);
INSERT INTO "runs" VALUES(1,'01m8k810mf6vqd5nj74cxm12r4','box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"text": "one two", "times": 3}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'host:13554:worker-2',NULL,0,'760e1982-b96b-4d5c-98ae-29517694fb95','14933c5fe7efe5bb67862511127d2885d826b0bbe92f9dbb8d7b22589ccb26c9','2026-11-29 08:51:25.967979','2026-11-29 08:51:25.967979','2026-11-29 08:51:25.976261','2026-11-29 08:51:26.342270','["good"]',NULL,NULL,1,NULL,NULL,0,NULL,1,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(2,'01m8k812yt2q0eeby7qpc3bqmh','box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"text": "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440 ''quoted'' \"too\"", "times": 1}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'host:13694:worker-2',NULL,0,'d07759a2-65a0-4c55-b46a-051a80a4368f','f9238d179054ff203141eb767dddda96a4e4d2ceb8b458c3a02395a011f73558','2026-11-29 08:51:28.346557','2026-11-29 08:51:28.346557','2026-11-29 08:51:29.478226','2026-11-29 08:51:29.731829',NULL,'for the report',NULL,1,NULL,NULL,0,NULL,0,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(3,'01m8k816hq64ywzmq14mt9cams','box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"a": 1, "b": 4}','succeeded',NULL,'null','null','ada',1,'at_most_once',1,0,'host:13963:worker-1',NULL,0,'9f2ac568-5da2-4cfa-b42a-88d5af01ab52','e166c7cc9739e57347e130a65140ca73e609288febc56f23e66b411e1fdd10ec','2026-11-29 08:51:32.023571','2026-11-29 08:51:32.023571','2026-11-29 08:51:32.911776','2026-11-29 08:51:33.018025',NULL,NULL,NULL,0,NULL,NULL,0,NULL,0,NULL,NULL,NULL);
INSERT INTO "runs" VALUES(4,'01m8k818swan6nk9dqs8eg5gyx','box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"a": 1, "b": 0}','failed','error','{"type": "ZeroDivisionError", "message": "float division by zero", "hint": null, "frames": [{"file": "/home/ada/tools/divide.py", "line": 6, "function": "divide", "text": "return a / b", "own": true}], "traceback": "Traceback (most recent call last):\n  File \"/home/ada/tools/divide.py\", line 6, in divide\n    return a / b\n           ~~^~~\nZeroDivisionError: float division by zero\n"}','null','ada',1,'at_most_once',1,0,'host:14014:worker-1',NULL,0,'94a5cc1c-92c0-45ea-92fe-6555202076af','28e8fa8495e1233f3bc08bada35efa324c6d5634b6b9e415173a30a293c9c780','2026-11-29 08:51:34.332162','2026-11-29 08:51:34.332162','2026-11-29 08:51:34.976286','2026-11-29 08:51:35.074944',NULL,NULL,NULL,0,NULL,NULL,0,'{"rule": "all_ended", "runs": ["01m8k810mf6vqd5nj74cxm12r4"]}',0,NULL,NULL,NULL);
CREATE TABLE schedule_firings (
	schedule VARCHAR(26) NOT NULL, 
	due BIGINT NOT NULL, 
	outcome VARCHAR(8) NOT NULL, 
	run VARCHAR(26), 
	problem TEXT, 
	missed INTEGER DEFAULT 0 NOT NULL, 
	fired_at DATETIME NOT NULL, 
	CONSTRAINT pk_schedule_firings PRIMARY KEY (schedule, due), 
	CONSTRAINT fk_schedule_firings_schedule FOREIGN KEY(schedule) REFERENCES schedules (id) ON DELETE CASCADE
);
INSERT INTO "schedule_firings" VALUES('01m8myexzb7bfj1z0d4dja728v',1796004000,'refused',NULL,'There is no tool ''box.words''',0,'2026-11-30 02:00:00.000000');
CREATE TABLE schedules (
	id VARCHAR(26) NOT NULL, 
	name TEXT NOT NULL, 
	tool VARCHAR(400) NOT NULL, 
	params TEXT NOT NULL, 
	rule JSON NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	catch_up VARCHAR(8) NOT NULL, 
	priority INTEGER NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	next_due BIGINT, 
	waits_for VARCHAR(26), 
	problem TEXT, 
	edits INTEGER DEFAULT 0 NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_schedules PRIMARY KEY (id)
);
INSERT INTO "schedules" VALUES('01m8myexzb7bfj1z0d4dja728v','nightly','box.words','{}','{"kind": "cron", "cron": "0 3 * * *", "every": null, "start": null, "at": null, "after_run": null, "condition": "ended", "zone": "Europe/Berlin"}','anna','one',1,'active',1796090400,NULL,'There is no tool ''box.words''',0,'2026-11-30 00:42:45.099301','2026-11-30 00:42:45.099301');
CREATE TABLE toolboxes (
	path VARCHAR(1000) NOT NULL,
	owner VARCHAR(200) NOT NULL,
	added_at DATETIME NOT NULL,
	CONSTRAINT pk_toolboxes PRIMARY KEY (path)
);
CREATE TABLE tools (
	name VARCHAR(400) NOT NULL,
	version VARCHAR(64) NOT NULL,
	description JSON NOT NULL,
	created_at DATETIME NOT NULL, code VARCHAR(64),
	CONSTRAINT pk_tools PRIMARY KEY (name, version)
);
INSERT INTO "tools" VALUES('box.words','3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4','{"name": "box.words", "toolbox": "box", "title": "Count the words of a text", "kind": "script", "description": "Count the words of a text.", "category": "Box", "tags": [], "icon": "", "translations": {}, "params_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"text": {"type": "string", "title": "Text"}, "times": {"type": "integer", "default": 1, "title": "Times", "x-flag": "--times"}}, "required": ["text"], "x-order": ["text", "times"], "additionalProperties": false}, "entry": {"path": "/home/ada/tools/words.py", "module": null, "attribute": null, "root": "/home/ada/tools", "view": "private", "preload": [], "files": ["/home/ada/tools/words.py"], "command_line": {"parser": {"arguments": [{"field": "text", "dest": "text", "flags": [], "action": "store", "nargs": null, "text": "str", "const": null, "has_const": false, "default": null, "has_default": false, "required": true}, {"field": "times", "dest": "times", "flags": ["--times"], "action": "store", "nargs": null, "text": "int", "const": null, "has_const": false, "default": 1, "has_default": true, "required": false}], "exclusive": [], "commands": null, "prefix_chars": "-", "fromfile_prefix_chars": null, "allow_abbrev": true}, "method": "parse_args"}, "program": null, "interpreter": null, "kernel": null}, "policy": {"delivery": "at_most_once", "time_limit": null, "max_attempts": 3, "warm": false}, "source": "\"\"\"Count the words of a text.\"\"\"\nimport argparse, json\np = argparse.ArgumentParser(description=__doc__)\np.add_argument(\"text\")\np.add_argument(\"--times\", type=int, default=1)\na = p.parse_args()\nprint(a.text * a.times)\nopen(\"counted.json\", \"w\").write(json.dumps({\"words\": len(a.text.split()) * a.times}))\n", "version": "3e0974b951ba1eae1277c0cd2f2b110a203d577473d1cf7df14af4e49baff2e4", "error": null, "notice": null}','2026-11-29 08:51:25.966181',NULL);
INSERT INTO "tools" VALUES('box.divide','c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea','{"name": "box.divide", "toolbox": "box", "title": "Divide", "kind": "function", "description": "Divide.", "category": "Box", "tags": [], "icon": "", "translations": {}, "params_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"a": {"type": "number", "title": "A"}, "b": {"type": "number", "title": "B"}}, "additionalProperties": false, "x-order": ["a", "b"], "required": ["a", "b"]}, "entry": {"path": "/home/ada/tools/divide.py", "module": null, "attribute": "divide", "root": "/home/ada/tools", "view": "private", "preload": [], "files": ["/home/ada/tools/divide.py"], "command_line": null, "program": null, "interpreter": null, "kernel": null}, "policy": {"delivery": "at_most_once", "time_limit": null, "max_attempts": 3, "warm": false}, "source": "from jupyter_toolrunner import tool\n\n@tool\ndef divide(a: float, b: float) -> float:\n    \"\"\"Divide.\"\"\"\n    return a / b\n", "version": "c31a7bb282b66cd05e45e9fccd91630961c75c153cfb0c740d485a265fe40aea", "error": null, "notice": null}','2026-11-29 08:51:32.011570','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc');
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
CREATE TABLE workers (
	id VARCHAR(200) NOT NULL, 
	host VARCHAR(255) NOT NULL, 
	place VARCHAR(64) NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	python VARCHAR(64) NOT NULL, 
	memory BIGINT, 
	started_at DATETIME NOT NULL, 
	seen_at FLOAT NOT NULL, 
	told VARCHAR(8), 
	told_by VARCHAR(200), 
	told_at DATETIME, 
	CONSTRAINT pk_workers PRIMARY KEY (id)
);
INSERT INTO "workers" VALUES('host:12:worker-1','host','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','0.1.0','3.11.2',104857600,'2026-11-30 08:00:00.000000',1796029200.5,'drain','anna','2026-11-30 09:00:00.000000');
CREATE INDEX ix_runs_lease ON runs (status, lease_until) WHERE status = 'running';
CREATE INDEX ix_artifacts_run ON artifacts (run);
CREATE INDEX ix_artifacts_digest ON artifacts (digest);
CREATE INDEX ix_uploads_owner ON uploads (owner);
CREATE INDEX ix_run_tags_tag_number ON run_tags (tag, number);
CREATE INDEX ix_run_params_name_value_run ON run_params (name, value, run);
CREATE INDEX ix_run_params_run ON run_params (run);
CREATE INDEX ix_runs_origin ON runs (origin) WHERE origin IS NOT NULL;
CREATE INDEX ix_runs_chain_number ON runs (chain, number) WHERE chain IS NOT NULL;
CREATE INDEX ix_runs_ready_at ON runs (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX ix_run_params_name_number_run ON run_params (name, number, run);
CREATE INDEX ix_run_facts_tool ON run_facts (tool, number, duration);
CREATE INDEX ix_run_facts_owner ON run_facts (owner, number, duration);
CREATE INDEX ix_run_facts_status ON run_facts (status, number, duration);
CREATE INDEX ix_run_facts_tool_status ON run_facts (tool, status, number, duration);
CREATE INDEX ix_run_facts_owner_status ON run_facts (owner, status, number, duration);
CREATE INDEX ix_run_facts_tool_owner ON run_facts (tool, owner, number, duration);
CREATE INDEX ix_run_facts_tool_owner_status ON run_facts (tool, owner, status, number, duration);
CREATE INDEX ix_run_facts_created_at ON run_facts (created_at, number);
CREATE INDEX ix_run_facts_started_at ON run_facts (started_at, number);
CREATE INDEX ix_run_facts_duration ON run_facts (duration, number, tool, owner, status);
CREATE INDEX ix_run_facts_tool_duration ON run_facts (tool, duration, number, owner, status);
CREATE INDEX ix_run_facts_reason ON run_facts (reason, number, duration) WHERE reason IS NOT NULL;
CREATE INDEX ix_run_facts_queue ON run_facts (status, priority, number, tool, owner) WHERE status = 'queued';
CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN INSERT OR IGNORE INTO run_changes (number) VALUES (new.number); END;
CREATE TRIGGER runs_removed AFTER DELETE ON runs BEGIN INSERT OR IGNORE INTO run_changes (number) VALUES (old.number); END;
CREATE INDEX ix_schedules_next_due ON schedules (next_due, id) WHERE next_due IS NOT NULL;
CREATE INDEX ix_schedules_waits_for ON schedules (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX ix_schedule_firings_run ON schedule_firings (run) WHERE run IS NOT NULL;
CREATE INDEX ix_batch_rows_run ON batch_rows (run);
CREATE INDEX ix_runs_claim ON runs (owner, tool, version, priority, queue_place, number) WHERE status = 'queued';
CREATE INDEX ix_runs_queue ON runs (owner, priority, queue_place, number) WHERE status = 'queued';
CREATE INDEX ix_awaited_runs_run ON awaited_runs (run);
CREATE INDEX ix_awaited_runs_open ON awaited_runs (awaited) WHERE is_open;
CREATE TRIGGER runs_changed AFTER UPDATE OF tool, owner, status, reason, priority, created_at, started_at, finished_at, params, note ON runs BEGIN INSERT OR IGNORE INTO run_changes (number) VALUES (new.number); END;
CREATE INDEX ix_reusable_run ON reusable (run);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',4);
INSERT INTO "sqlite_sequence" VALUES('batches',1);
COMMIT;
