"""With this folder on PYTHONPATH every Python process starts without a network."""

import loopback_only

loopback_only.install()
