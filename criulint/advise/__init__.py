# SPDX-License-Identifier: MIT
"""From CRIU's log to the line that helps.

Three steps: `log` reads any text that holds messages of CRIU, `diagnose` finds the message that
says why it failed, `place` says where the option that helps takes effect. `messages` is the table
of what CRIU's messages mean.
"""
