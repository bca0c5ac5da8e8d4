# The configuration of a team's server, annotated. Start it with
#
#     jupyter lab --config=jupyter_config.py
#
# On your own machine none of this is needed: each setting is shown with what it is by itself. Take away the mark in front of
# those that you change. `jupyter toolrunner doctor` says what does not work with them.

c = get_config()

# -- Tools ----------------------------------------------------------------------------------------------------------------

# Sources of tools: folders of scripts, `.py` files, installed modules, or `module:object`. The starter toolbox and those of
# installed packages come by themselves; the environment variable TOOLRUNNER_TOOLBOXES adds more.
# c.ToolrunnerApp.toolboxes = ["/srv/tools", "our_package.tools"]

# -- Where everything is kept ---------------------------------------------------------------------------------------------

# Folder of the database, the artifacts and the sockets. It must lie on a local disk: databases and sockets fail on network
# homes. Empty for `toolrunner` in Jupyter's data directory.
# c.ToolrunnerApp.data_dir = ""

# SQLAlchemy URL of the database, for many servers and machines a PostgreSQL. Empty for SQLite below `data_dir`.
# Keep the password out of this file: libpq reads ~/.pgpass, or PGPASSWORD.
# c.ToolrunnerApp.database_url = "postgresql+psycopg://toolrunner@db.example.org/toolrunner"

# URL of Redis or Valkey. Empty for an embedded one on a unix socket. Whoever can write to it owns the workers: give it a
# password, and TLS when it is on another machine.
# c.ToolrunnerApp.redis_url = "rediss://:password@redis.example.org:6379/0"

# Where artifacts, logs and uploads are kept: a folder, the same on every machine, or a store that all of them reach over the
# network (`pip install 'jupyter_toolrunner[s3]'`). Empty for a folder below `data_dir`. Keep the keys out of this file: they
# come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, from ~/.aws or from the machine's role.
# c.ToolrunnerApp.artifacts_url = "s3://bucket/folder?endpoint_url=https://s3.example.org"

# Bytes of artifacts that this machine keeps as files, where they lie in a store far away. 0 for 10 GiB.
# c.ToolrunnerApp.cache_limit = 10 * 2**30

# Bytes of one file that is uploaded into a form, and of all files of one user that were uploaded and that no run uses yet
# (those go by themselves after a week). 0 for 5 GiB and 20 GiB.
# c.ToolrunnerApp.upload_limit = 5 * 2**30
# c.ToolrunnerApp.user_upload_limit = 20 * 2**30

# -- Work -----------------------------------------------------------------------------------------------------------------

# Worker processes of this machine: -1 for one per core, two at most; 0 for none, where other machines work
# (`jupyter toolrunner worker --count 8`). Those need the three addresses above in TOOLRUNNER_DATABASE_URL,
# TOOLRUNNER_REDIS_URL and TOOLRUNNER_ARTIFACTS_URL, and the toolboxes: a worker takes only runs of tools that its machine
# has in the same version.
# c.ToolrunnerApp.workers = -1

# Runs at a time, of all users and machines together, and of one user; 0 for as many as there are workers. Both are the
# same on all machines (TOOLRUNNER_TOTAL_RUNNING and TOOLRUNNER_USER_RUNNING for workers there). A tool has a limit of its
# own by `max_running`. What waits for a limit says so.
# c.ToolrunnerApp.total_running = 0
# c.ToolrunnerApp.user_running = 0

# What one run may take, where its tool says nothing else (`memory_limit: 2 GB` and so on in toolbox.yaml, or
# `@tool(memory_limit="2 GB")`); a run that takes more is ended, with all of its processes, and its error names the limit.
# Time: seconds, 0 for as long as it takes. Memory: empty for three quarters of what the machine, or the container, has.
# Files: empty for 10 GiB. Log: what is kept of it, empty for 256 MiB; a run that prints ten times as much is ended.
# Processes at a time: 0 for 256, or four per core. Files that one process has open: 0 for 4096.
# c.ToolrunnerApp.time_limit = 0.0
# c.ToolrunnerApp.memory_limit = "8 GB"
# c.ToolrunnerApp.output_limit = "10 GB"
# c.ToolrunnerApp.log_limit = "256 MB"
# c.ToolrunnerApp.process_limit = 256
# c.ToolrunnerApp.open_files_limit = 4096

# What no tool can exceed by naming more. Workers on other machines take TOOLRUNNER_LARGEST_LIMITS="memory_limit=8 GB",
# and TOOLRUNNER_MEMORY_LIMIT and so on for the ones above.
# c.ToolrunnerApp.largest_limits = {"memory_limit": "8 GB", "time_limit": 3600}

# What is kept of ended runs; the rows of the history stay in any case. Once a day a server frees the rest, and tells so:
# `jupyter toolrunner clean --dry-run` tells what would go. Empty: logs 180 days and 20 GB together, artifacts for ever. What
# a preset, another run, a schedule, a batch or a note (#12) refers to stays, and so does all of a run with the tag `keep`.
# c.ToolrunnerApp.keep_logs = {"days": 180, "size": "20 GB"}
# c.ToolrunnerApp.keep_artifacts = {"days": 365, "runs": 100, "size": "200 GB"}
# c.ToolrunnerApp.keep_everything_of = ["tool:reports.monthly", "owner:anna"]

# Seconds after which an attempt that stays silent on another machine counts as lost. On one machine a death is seen at once.
# c.ToolrunnerApp.lease_seconds = 15.0

# Start the embedded server and the workers together with this server. False where something else starts them.
# c.ToolrunnerApp.start_services = True

# -- Dashboards -----------------------------------------------------------------------------------------------------------

# Viewers of dashboards that have a kernel at the same time. Others see the stored results; forms, runs and the history work
# without a kernel. 0 for none.
# c.ToolrunnerApp.live_dashboards = 3

# -- Jupyter itself, for a server that others reach ------------------------------------------------------------------------

# No page without a sign-in, also of other extensions.
c.ServerApp.allow_unauthenticated_access = False

# Behind a proxy that ends TLS: believe its headers, and only its own origin.
# c.ServerApp.ip = "127.0.0.1"
# c.ServerApp.trust_xheaders = True
# c.ServerApp.base_url = "/"
