# SPDX-License-Identifier: MIT
"""The signs of a log: that each is found."""

from __future__ import annotations

import re

import pytest

from criulint.advise.signs import SIGNS, Sign
from tests.advise.samples import sample


def test_a_pattern_is_searched_for_in_text_with_one_of_its_words() -> None:
    sign = Sign(re.compile("[ab]"), "ab", "ba")
    assert not sign.search("a b")
    for text in ("x ab", "x ba"):
        assert [match.start() for match in sign.finditer(text)] == [2, 3]


@pytest.mark.parametrize("sign", SIGNS, ids=[sign.pattern.pattern[:30] for sign in SIGNS])
def test_what_a_sign_finds_has_one_of_its_words(sign: Sign) -> None:
    pattern = sign.pattern.pattern
    for branch in range(12):
        text = sample(pattern, branch)
        assert sign.search(text), text
