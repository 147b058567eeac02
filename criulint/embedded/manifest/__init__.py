# SPDX-License-Identifier: MIT
"""What YAML and JSON files run and write: workflows, manifests of containers, playbooks.

`load` reads the file, `scalars` the texts in it with their places, and `templates` what a template
engine has yet to replace; each of the other modules knows one kind of file.
"""
