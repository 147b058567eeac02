#!/bin/bash
opts='tcp-established,link_remap,file-locks'
IFS=',' read -ra parts <<< "$opts"
for p in "${parts[@]}"; do printf '%s\n' "$p"; done | sudo tee /etc/criu/runc.conf
