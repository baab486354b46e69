"""Configuration of the documentation site: ``make docs``.

The source folder is the root of the repository, so that links between pages, configs and tools are
the same on the site as in the files.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'docs')]
# notebooks are run by another process
os.environ['PYTHONPATH'] = os.pathsep.join(filter(None, [str(ROOT), os.getenv('PYTHONPATH')]))

from api_pages import write_api_pages  # noqa: E402

from tev_mmaction.version import __version__  # noqa: E402

project = 'tev_mmaction'
release = version = __version__
author = 'the tev_mmaction contributors'
copyright = author

extensions = [
    'myst_nb',  # with myst_parser
    'sphinx.ext.autodoc',
    'sphinx.ext.napoleon',
    'sphinx.ext.mathjax',
    'sphinx.ext.viewcode',
]
root_doc = 'docs/index'
include_patterns = [
    'docs/**.ipynb',
    'docs/**.md',
    'docs/**.rst',
    'configs/**/README.md',
    'configs/README.md',
    'README.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
]
exclude_patterns = [
    '.*',
    'build',
    'data',
    'demo_out',
    'dist',
    'docs/_build',
    'search_out',
    'work_dirs',
]

myst_enable_extensions = ['dollarmath']
myst_heading_anchors = 3
myst_links_external_new_tab = False

# Notebooks are stored without outputs, and run by each build that finds them changed.
nb_execution_mode = 'force'
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300  # seconds per cell

autodoc_member_order = 'bysource'
autodoc_typehints = 'description'  # once, with the text of each argument
autodoc_typehints_description_target = 'documented'
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = 'furo'
html_title = f'tev_mmaction {release}'
html_extra_path = ['_extra']  # index.html at the root, which leads to the first page
html_static_path: list = []


def setup(app) -> None:
    """Write the API pages before Sphinx looks for sources."""
    write_api_pages(ROOT / 'docs' / 'api')
