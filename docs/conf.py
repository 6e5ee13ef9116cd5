"""How Sphinx builds the manual: `make docs`. The pages are the Markdown files of this folder and a few at the top."""

import sys
from pathlib import Path

from audio_builder import __version__

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

project = "audio-builder"
author = "the audio-builder contributors"
release = version = __version__
root_doc = "docs/index"  # the source folder is the repository, so that links work on a forge and here
include_patterns = ["docs/**.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
# folders that are not pages are not even walked through: a virtual environment has thousands of files
exclude_patterns = [path.name for path in DOCS.parent.iterdir() if path.is_dir() and path.name != "docs"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "manual"]
myst_enable_extensions = ["deflist", "html_image"]
myst_heading_anchors = 4  # the anchors that forges give to headings
suppress_warnings = ["myst.header"]  # a generated part may begin below the level of its page
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r".*")]  # types in signatures are read, not followed
highlight_language = "text"
default_role = "literal"  # docstrings have single backticks
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
maximum_signature_line_length = 80
add_module_names = False

html_theme = "furo"
html_title = "audio-builder"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_extra_path = ["_root", "sample.mp3"]
html_show_search_summary = False  # browsers let no script read pages from file://
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f6f78", "color-brand-content": "#1a626a"},
    "dark_css_variables": {"color-brand-primary": "#5cc3cc", "color-brand-content": "#5cc3cc"},
}
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"
