from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from jupyter_toolrunner.core import quick_json

_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.text(st.characters(categories=["Cs"]), max_size=2),
    ),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(), each, max_size=4),
    max_leaves=12,
)


@given(_VALUES)
def test_whatever_json_there_is_comes_back_as_it_was(value: object) -> None:
    for written in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        read, wanted = quick_json.loads(written), json.loads(written)
        # The text too: 1 and 1.0 are equal.
        assert (read, json.dumps(read)) == (wanted, json.dumps(wanted))
    assert json.loads(quick_json.dumps(value)) == json.loads(json.dumps(value))
