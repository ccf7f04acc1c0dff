"""How Sphinx builds the documentation: `sphinx-build -W --keep-going docs docs/_build/html`."""

import click
from sphinx.application import Sphinx

from numpen import __version__

project = "numpen"
author = "the authors of numpen"
release = __version__
html_title = "numpen"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click"]
default_role = "code"  # of what stands between single backticks in a docstring
smartquotes_action = "qe"  # and -- stays what one types
exclude_patterns = ["_build", "pictures"]
suppress_warnings = ["toc.empty_glob"]  # pages are listed by patterns, and not all of them need be there

myst_heading_anchors = 3
myst_enable_extensions = ["attrs_block", "attrs_inline"]

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
highlight_language = "none"  # of a block that does not name its language: what a terminal shows
pygments_style, pygments_dark_style = "friendly", "github-dark"


def examples_as_code(app: Sphinx, context: click.Context, lines: list[str]) -> None:
    """Show the examples at the end of a command's help as what one types."""
    plain = [line.strip(" |") for line in lines]
    if "Examples:" in plain:
        commands = filter(None, plain[plain.index("Examples:") + 1 :])
        lines[:] = ["Examples:", "", ".. code-block:: sh", "", *(f"   {command}" for command in commands), ""]


def setup(app: Sphinx) -> None:
    """Sphinx calls this once."""
    app.connect("sphinx-click-process-epilog", examples_as_code)
