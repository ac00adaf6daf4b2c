# syntax=docker/dockerfile:1
FROM python:3.12.12-slim-bookworm AS build
# durable-rules is built from source; on Python 3.13 and later it needs the flag, earlier ones do not mind it.
ENV CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/leadflow
ENV PATH=/opt/leadflow/bin:$PATH
WORKDIR /build
COPY requirements-build.lock requirements-runtime.lock ./
RUN pip install --no-build-isolation --require-hashes -r requirements-build.lock \
    && pip install --no-build-isolation --require-hashes -r requirements-runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY crm crm
COPY rules rules
COPY activities activities
COPY workflows workflows
COPY leadflow leadflow
RUN pip install --no-build-isolation --no-deps . \
    && python -c "import durable_rules_engine, leadflow"

FROM python:3.12.12-slim-bookworm
RUN useradd --create-home --uid 1000 leadflow
COPY --from=build /opt/leadflow /opt/leadflow
ENV PATH=/opt/leadflow/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LEADFLOW_RULES_DIR=/etc/leadflow/rules \
    LEADFLOW_METRICS_ADDRESS=0.0.0.0:9090
COPY --chown=leadflow rules /etc/leadflow/rules
WORKDIR /home/leadflow
USER leadflow
RUN mkdir .leadflow
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9090/metrics', timeout=3)"]
ENTRYPOINT ["leadflow"]
CMD ["worker"]
