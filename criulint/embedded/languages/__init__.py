# SPDX-License-Identifier: MIT
"""Programs that write CRIU's files: Python, Go, Rust, C, JavaScript, Nix and Puppet.

A module for each language turns its syntax tree (`trees`) into a small common form (`program`),
with strings as the language reads them (`literals`). `follower` runs that several times; `run` is
one of these runs, on `run_values`, with guesses by `function_names`.
"""
