# SPDX-License-Identifier: GPL-2.0-only
"""The rules: a module holds a family, ``registry`` lists them all."""
