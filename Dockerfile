# A server in a container:
#   docker build -t vicinal .
# Other machines reach it, so it needs TLS and keys (SECURITY.md makes them; uid 10001 must be able to read
# the files, and the certificate must be valid for 127.0.0.1, which the health check calls):
#   docker run -p 50051:50051 -v vicinal-data:/data -v ./secrets:/secrets:ro \
#     -e VICINAL_TLS_CERTIFICATE=/secrets/server.pem -e VICINAL_TLS_KEY=/secrets/server-key.pem \
#     -e VICINAL_KEYS_FILE=/secrets/keys.jsonl vicinal
# or, to try it without TLS and keys, reachable from this machine only:
#   docker run -p 127.0.0.1:50051:50051 -v vicinal-data:/data -e VICINAL_INSECURE=true vicinal

FROM python:3.12-slim AS builder
RUN python -m venv /opt/vicinal
WORKDIR /build
COPY constraints.txt ./
COPY pyproject.toml README.md ./
COPY proto proto
COPY service service
COPY featurizers featurizers
COPY clients clients
RUN pip wheel --no-cache-dir --no-deps --wheel-dir dist . \
    && /opt/vicinal/bin/pip install --no-cache-dir --constraint constraints.txt \
        "$(echo dist/vicinal-*.whl)[service,featurizers,consensus,telemetry]"

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin vicinal \
    && install -d -o vicinal -g vicinal /data
COPY --from=builder /opt/vicinal /opt/vicinal
ENV PATH=/opt/vicinal/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TFHUB_CACHE_DIR=/data/tfhub \
    NUMBA_CACHE_DIR=/data/numba \
    VICINAL_DATA_DIR=/data/vicinal \
    VICINAL_LISTEN=0.0.0.0:50051
USER vicinal
WORKDIR /data
VOLUME /data
EXPOSE 50051 9464
# By grpc.health.v1: healthy once the pools are loaded.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "vicinal.server.probe", "--ready"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["vicinal", "serve"]
