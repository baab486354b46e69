"""Notebooks are stored without outputs; the build of the documentation runs them."""

import ast
import json
from importlib import import_module

import pytest

from helpers import ROOT

NOTEBOOKS = sorted((ROOT / 'docs').glob('*.ipynb'))  # not those that a build has run


@pytest.mark.parametrize('notebook', NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_what_it_imports_exists_and_no_output_is_stored(notebook):
    cells = json.loads(notebook.read_text(encoding='utf-8'))['cells']
    code = [cell for cell in cells if cell['cell_type'] == 'code']
    assert code and all(not cell['outputs'] and cell['execution_count'] is None for cell in code)
    tree = ast.parse('\n'.join(''.join(cell['source']) for cell in code))
    ours = [
        (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith('tev_mmaction')
        for alias in node.names
    ]
    assert ours and all(hasattr(import_module(module), name) for module, name in ours)


def test_there_is_one():
    assert NOTEBOOKS
