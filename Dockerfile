# docker run --rm -v "$PWD:/work:ro" criulint check .
FROM python:3.14-alpine@sha256:9e9fde4d32eedce0b661d9ab91e826b62dddf28e928c230ec55f1866cac66b01 AS base

FROM base AS build
COPY . /source
RUN python3 -m venv /opt/criulint \
    && /opt/criulint/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /source/.ci/requirements.txt \
    && /opt/criulint/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation /source \
    && /opt/criulint/bin/pip uninstall --yes hatchling pathspec pluggy trove-classifiers pip

FROM base
LABEL org.opencontainers.image.title="criulint" \
      org.opencontainers.image.description="A linter for CRIU configuration files that reads them as CRIU does" \
      org.opencontainers.image.source="https://github.com/criulint/criulint" \
      org.opencontainers.image.documentation="https://criulint.readthedocs.io/" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/criulint /opt/criulint
USER 65534:65534
WORKDIR /work
ENTRYPOINT ["/opt/criulint/bin/criulint"]
CMD ["check", "."]
