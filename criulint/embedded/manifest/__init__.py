# SPDX-License-Identifier: MIT
"""What YAML and JSON files run and write: workflows, manifests of containers, playbooks.

`load` reads the file, `scalars` the texts in it with their places, `templates` what a template
engine is still to replace; the other modules know one kind of file each.
"""
