"""What help() shows is so."""
import doctest

import newsfold
import pytest

DOCUMENTED = [newsfold, *(getattr(newsfold, name) for name in newsfold.__all__ if not name.startswith("_")),
              newsfold.Index.insert, newsfold.Index.query, newsfold.Index.save]


@pytest.mark.parametrize("thing", DOCUMENTED, ids=lambda thing: getattr(thing, "__qualname__", "newsfold"))
def test_examples(thing):
    assert thing.__doc__
    tests = doctest.DocTestFinder(recurse=False).find(thing, "newsfold", globs={}) or []
    tests = tests or [doctest.DocTestParser().get_doctest(thing.__doc__, {}, thing.__name__, None, None)]
    for test in tests:
        assert doctest.DocTestRunner().run(test).failed == 0
    assert sum(len(test.examples) for test in tests) > 0 or thing in (newsfold.Array, newsfold.Table)


def test_every_parameter_is_in_the_documents_and_the_stubs():
    with pytest.raises(TypeError) as told:
        newsfold.dedup(None, zzzzzz=1)
    names = str(told.value).split("there are ")[1].split(", ")
    stubs = (newsfold.__path__[0] + "/__init__.pyi")
    stubs = open(stubs).read()
    assert len(names) == 25
    for name in names:
        assert f"`{name}`" in newsfold.dedup.__doc__, name
        assert f"    {name}: " in stubs, name


def test_version():
    import importlib.metadata
    assert newsfold.__version__ == importlib.metadata.version("newsfold")
