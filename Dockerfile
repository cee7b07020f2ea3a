# One image for every service, the gateway and the migration; docker-compose.yml says which of them a container runs.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /packages \
    && /packages/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/packages/bin:$PATH \
    PYTHONPATH=/hikari \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hikari
COPY --from=packages /packages /packages
COPY contracts /hikari/contracts
COPY chassis /hikari/chassis
COPY services /hikari/services
COPY gateway /hikari/gateway
COPY deploy/*.py /hikari/deploy/
# Where services run holds no .env: what they are told comes from their environment alone.
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000
# Refused on purpose: a container must say what it runs.
CMD ["python", "-c", "import sys; sys.exit('say what to run, as: python -m services.auth')"]
