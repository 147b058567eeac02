# SPDX-License-Identifier: MIT
"""The rules: a module holds a family, ``registry`` lists them all."""
