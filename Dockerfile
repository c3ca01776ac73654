# The image of web, worker, beat and set-up. Built from the tree alone; runs as an ordinary user.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

# Node.js comes as a Python package and stays in this stage.
FROM build AS assets
COPY requirements-assets.txt package.json package-lock.json .npmrc assets.toml ./
COPY script/assets.py script/
RUN python script/assets.py
COPY locale locale
RUN pybabel compile -d locale -D django

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin relocation \
 && install -d -o relocation -g relocation /data /data/files /data/static
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY . .
COPY --from=assets /app/static_vendor static_vendor
COPY --from=assets /app/locale locale
USER relocation
EXPOSE 8000
# Workers are processes with one thread each: threads share one interpreter lock and halve the throughput of real views.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "1", \
     "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "30", "relocation.wsgi:application"]
