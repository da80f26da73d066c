# Two images from the lock file, without developer's tools:
#
#     docker build -t mnist-serve .                     # `serve`, the default: HTTP server and `predict`, no torch
#     docker build -t mnist-train --target train .      # `train` and `evaluate`
#
# Base images are pinned by version. To pin them to the byte, add the digest that `docker buildx imagetools inspect IMAGE`
# prints: python:3.11.15-slim-bookworm@sha256:…
#
# Behind a proxy that signs with a certificate of its own, hand the build a file of certificates:
#     docker build --secret id=ca-certificates,src="$SSL_CERT_FILE" .

ARG PYTHON=python:3.11.15-slim-bookworm

# --- build: uv fills /app/.venv; nothing else of these stages is kept

FROM $PYTHON AS build
COPY --from=ghcr.io/astral-sh/uv:0.13.9 /uv /usr/local/bin/uv
# The cache is a mount of its own, which hard links can't leave. Certificates are the system's, which a secret replaces.
ENV UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_PYTHON_DOWNLOADS=never \
    UV_SYSTEM_CERTS=1
WORKDIR /app

# Dependencies come first and alone: as long as the lock stays, they are installed once. The members follow without the
# cache, where uv would find a member built from older files and take it for this one. Targets of mounts are absolute,
# for builders that don't resolve them against WORKDIR.
FROM build AS build-train
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=ca-certificates,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=pyproject.toml,target=/app/pyproject.toml \
    --mount=type=bind,source=uv.lock,target=/app/uv.lock \
    uv sync --frozen --no-dev --no-install-workspace --package mnist-train
RUN --mount=type=secret,id=ca-certificates,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=pyproject.toml,target=/app/pyproject.toml \
    --mount=type=bind,source=uv.lock,target=/app/uv.lock \
    --mount=type=bind,source=packages,target=/app/packages \
    uv sync --locked --no-dev --no-editable --package mnist-train

FROM build AS build-serve
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=ca-certificates,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=pyproject.toml,target=/app/pyproject.toml \
    --mount=type=bind,source=uv.lock,target=/app/uv.lock \
    uv sync --frozen --no-dev --no-install-workspace --package mnist-serve
RUN --mount=type=secret,id=ca-certificates,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=pyproject.toml,target=/app/pyproject.toml \
    --mount=type=bind,source=uv.lock,target=/app/uv.lock \
    --mount=type=bind,source=packages,target=/app/packages \
    uv sync --locked --no-dev --no-editable --package mnist-serve

# --- what runs: Python, and one environment that nobody in the container can change

FROM $PYTHON AS runtime
# Python's own installers are of no use here.
RUN rm -rf /usr/local/bin/pip* /usr/local/bin/wheel \
    /usr/local/lib/python3.*/site-packages/* /usr/local/lib/python3.*/ensurepip
# onnxruntime would otherwise report its use to its maker.
ENV PATH=/app/.venv/bin:$PATH \
    ORT_DISABLE_TELEMETRY=1
LABEL org.opencontainers.image.source="https://github.com/mnist-classifier/mnist-classifier" \
      org.opencontainers.image.licenses="MIT"

FROM runtime AS train
LABEL org.opencontainers.image.title="mnist-train" \
      org.opencontainers.image.description="Trains and evaluates classifiers of handwritten digits"
# Any user may write here, with a read-only root file system too: /data is ./data, where MNIST is looked for or
# downloaded to, and /runs is ./runs, where models are saved.
RUN mkdir -m 1777 /data /runs
COPY --from=build-train /app/.venv /app/.venv
VOLUME ["/data", "/runs"]
WORKDIR /
USER 10001
# As process 1, Python would ignore SIGTERM; SIGINT ends it with "Interrupted.".
STOPSIGNAL SIGINT
CMD ["train"]

FROM runtime AS serve
LABEL org.opencontainers.image.title="mnist-serve" \
      org.opencontainers.image.description="Reads handwritten digits: HTTP server, web page, command line"
COPY --from=build-serve /app/.venv /app/.venv
# As variables, so that the server and the health check agree, whatever the command line adds.
# Two workers, as a container's share of the cores is not what Python takes for their number.
ENV MNIST_SERVE_HOST=0.0.0.0 \
    MNIST_SERVE_PORT=8000 \
    MNIST_SERVE_WORKERS=2
EXPOSE 8000
USER 10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["python", "-I", "-c", "\
import http.client, os, sys; \
server = http.client.HTTPConnection(os.environ['MNIST_SERVE_HOST'], os.environ['MNIST_SERVE_PORT'], timeout=2); \
server.request('GET', '/v2/health/ready'); \
sys.exit(server.getresponse().status != 200)"]
CMD ["serve"]
