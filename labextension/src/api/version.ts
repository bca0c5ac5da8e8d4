/** Made from `_version.py` by `python -m jupyter_toolrunner.dev generate`; edit that. */

export const VERSION = '0.1.0';
