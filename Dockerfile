# docker run --rm -v "$PWD:/work:ro" criulint check .
ARG PYTHON=python:3.14-alpine

FROM ${PYTHON} AS build
COPY . /source
RUN python3 -m venv /opt/criulint && /opt/criulint/bin/pip install --no-cache-dir --disable-pip-version-check '/source[image,scripts,yaml]' \
    && /opt/criulint/bin/pip uninstall --yes pip

FROM ${PYTHON}
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
