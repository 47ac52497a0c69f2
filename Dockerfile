# The one image of web, worker, beat and migrate; which one it is says docker-compose.yml.
FROM python:3.13-slim AS packages
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/run.txt

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
RUN useradd --system --uid 10001 --no-create-home tuangou \
 && mkdir -p /data/media /data/static \
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
