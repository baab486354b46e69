"""Public callables say what their arguments are."""

import inspect
import re
import sys

import pytest

from helpers import ROOT

sys.path.insert(0, str(ROOT / 'docs'))
from api_pages import public_names


def _declared_before(owner: type, name: str) -> bool:
    """Whether a base class has the method: what is inherited is documented where it is declared."""
    return any(name in vars(base) for base in owner.__mro__[1:])


def _parameters(function) -> list:
    return [p for p in inspect.signature(function).parameters if p not in ('self', 'cls')]


def _callables():
    for package, names in public_names().items():
        for name in names:
            value = getattr(sys.modules[package], name)
            if inspect.isroutine(value):
                yield f'{package}.{name}', value, value.__doc__
            elif inspect.isclass(value):
                if '__init__' in vars(value) and not getattr(value, '_is_protocol', False):
                    yield f'{package}.{name}', value.__init__, value.__doc__
                for method, function in vars(value).items():
                    plain = getattr(function, '__func__', function)
                    if not inspect.isfunction(plain) or method.startswith('_'):
                        continue
                    if not _declared_before(value, method):
                        yield f'{package}.{name}.{method}', plain, plain.__doc__


CALLABLES = {name: (function, doc) for name, function, doc in _callables()}


@pytest.mark.parametrize('name', CALLABLES)
def test_arguments_are_documented(name):
    function, doc = CALLABLES[name]
    assert doc, 'no docstring'
    if _parameters(function):
        assert re.search('Args:|Attributes:', doc), f'{_parameters(function)} are not documented'


def test_there_are_public_callables():
    assert len(CALLABLES) > 100
