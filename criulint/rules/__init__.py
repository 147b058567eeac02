# SPDX-License-Identifier: MIT
"""The rules: a package for each family, a module for each rule; ``registry`` lists them all."""
