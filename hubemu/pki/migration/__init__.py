"""Changes of certificates as data, and the material of each of their steps."""

from hubemu.pki.migration.stages import MigrationStage, StageMaker
from hubemu.pki.steps import (
    Migration,
    MigrationStep,
    load_migration,
    migration_names,
)

__all__ = [
    "Migration",
    "MigrationStage",
    "MigrationStep",
    "StageMaker",
    "load_migration",
    "migration_names",
]
