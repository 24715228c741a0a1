"""A team's files into the database: validated, merged by id, all or nothing (SPEC D1, H11)."""

from bot.sources.importing.report import Change, ColumnMatch, FileReport, ImportReport, Problem
from bot.sources.importing.run import OutOfOrder, import_path

__all__ = ["Change", "ColumnMatch", "FileReport", "ImportReport", "OutOfOrder", "Problem", "import_path"]
