#!/bin/sh
# criulint: ignore[value-ignored]
echo 'tcp-close false' > /etc/criu/runc.conf
# criulint: ignore[CRIU101, value-ignored] the setting is what is wanted
echo 'shell-job true' >> /etc/criu/runc.conf
# criulint: ignore[unknown-option]
echo 'file-locks true' >> /etc/criu/runc.conf
