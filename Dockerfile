# The one image of web, worker, beat and migrate; which one it is says docker-compose.yml.
FROM python:3.13-slim AS packages
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/run.txt

FROM python:3.13-slim
# pg_dump and pg_restore of the server's version, for manage.py backup and restore; Debian's own
# libpq5 brings what they need, the server's image the library of their version.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpq5 liblz4-1 libzstd1 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=postgres:18 /usr/lib/postgresql/18/bin/pg_dump /usr/lib/postgresql/18/bin/pg_restore /usr/local/bin/
COPY --from=postgres:18 /usr/lib/*-linux-gnu/libpq.so.5* /usr/local/lib/
RUN ldconfig
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
RUN useradd --system --uid 10001 --no-create-home tuangou \
 && mkdir -p /data/media /data/records /data/static \
 && chown -R tuangou /data
COPY --from=packages /opt/venv /opt/venv
COPY . /app
WORKDIR /app
USER tuangou
# Any valid configuration does for collecting static files; nothing of it stays in the image.
RUN SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built-0123456789 \
    ALLOWED_HOSTS=image.invalid DATABASE_URL=postgres://image@image.invalid/image \
    python manage.py collectstatic --no-input
EXPOSE 8000
