# SPDX-License-Identifier: MIT
"""Advice on a failed dump or restore: from CRIU's log to the configuration line that helps.

Three steps: `log` reads any text that holds messages of CRIU, `diagnose` finds the message that
says why it failed, `place` says where the option that helps takes effect. `messages` is the table
of what CRIU's messages mean.
"""
