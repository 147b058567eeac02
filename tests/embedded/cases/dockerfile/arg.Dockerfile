ARG LIMIT=1g
ARG BASE=debian
FROM ${BASE}:12
ARG LIMIT
ARG CRIU_DIR=/etc/criu
ARG UNKNOWN
RUN mkdir -p ${CRIU_DIR} && echo "ghost-limit ${LIMIT}" > ${CRIU_DIR}/runc.conf \
    && echo "log-file ${UNKNOWN}/x" >> ${CRIU_DIR}/runc.conf
