#!/bin/bash
# with a here-string
mkdir -p /etc/criu
sudo tee /etc/criu/default.conf <<<"ghost-limit 2g"
tee -a /etc/criu/default.conf <<< $'link-remap\nfile-locks true'
