"""server-config.yaml as frozen records: read once, and passed as arguments, never global.

``${NAME}`` in a value is taken from the environment, ``GITFLOW__A__B`` overrides ``a.b``, and ``<key>_file`` names a
file that holds ``<key>``.
"""

from gitflow.config.building import config_of
from gitflow.config.paths import default_cache_dir, default_state_dir, find_config
from gitflow.config.reading import read_config
from gitflow.config.settings import Config, ConfigError, WorkerConfig, WorkspaceConfig

__all__ = [
    "Config",
    "ConfigError",
    "WorkerConfig",
    "WorkspaceConfig",
    "config_of",
    "default_cache_dir",
    "default_state_dir",
    "find_config",
    "read_config",
]
