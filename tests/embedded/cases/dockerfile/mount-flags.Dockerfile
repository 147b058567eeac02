# syntax=docker/dockerfile:1.7
FROM debian:12
RUN --mount=type=cache,target=/var/cache/apt --network=none echo shell-job no | tee /etc/criu/runc.conf
