"""What came of scenarios, for build servers and for the record of a recette."""

from hubemu.scenarios.reports.html import html
from hubemu.scenarios.reports.junit import junit
from hubemu.scenarios.reports.markdown import markdown

__all__ = ["html", "junit", "markdown"]
