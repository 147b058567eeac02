# SPDX-License-Identifier: MIT
"""Which findings are about an option itself, so that a completion shows them."""

from __future__ import annotations

from criulint.rules.registry import RULES


def test_which_rules_are_about_the_option_itself() -> None:
    """Not missing-companion: other lines can fix it. Nor no-effect-value: that is the value.

    Nor file-never-read, not-read-by-runtime and environment-stripped: they are about the file.
    """
    assert [rule.code for rule in RULES if rule.about_option] == [
        "CRIU301",  # duplicate-option
        "CRIU302",  # conflicting-options
        "CRIU303",  # contradicted-option
        "CRIU305",  # breaks-other-commands
        "CRIU306",  # not-for-a-file
        "CRIU307",  # deprecated-option
        "CRIU308",  # undocumented-option
        "CRIU309",  # risky-option
        "CRIU311",  # needs-kernel
        "CRIU401",  # overridden-by-runtime
        "CRIU404",  # crashes-criu
        "CRIU405",  # repeated-across-files
        "CRIU406",  # shared-output
        "CRIU407",  # cannot-be-undone
        "CRIU409",  # needs-both-sides
    ]
