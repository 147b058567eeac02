# SPDX-License-Identifier: MIT
"""The order of a check: reading, rules, suppressions; fixing what was found; baselines."""
