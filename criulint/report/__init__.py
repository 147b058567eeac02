# SPDX-License-Identifier: GPL-2.0-only
"""Output formats; a module for each. They know findings and nothing else."""
