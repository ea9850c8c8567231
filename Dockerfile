# The whole lab: JupyterLab, the course, and a Java to run an embedded ZooKeeper. `docker compose --profile lab up`
# builds it and starts a ZooKeeper beside it.
ARG BASE=python:3.11-slim
FROM ${BASE}

RUN useradd --create-home --uid 1000 learner && install -d -o learner /lab
USER learner
WORKDIR /lab
RUN python -m venv .venv
ENV PATH=/lab/.venv/bin:$PATH JUPYTER_CONFIG_PATH=/lab/labkit/jupyter

# First what seldom changes. An index of your own: PIP_INDEX_URL, in the environment of the build.
ARG PIP_INDEX_URL
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock

COPY --chown=learner . .
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-index --no-build-isolation -e .

# Lab(zookeeper="local") works in here too. Its jars come with the image, so that it needs no network later; where the
# build reaches no Maven repository they are fetched at the first use, as the ZooKeeper beside it needs none of them.
RUN python -m labkit.zookeeper.cds || echo "no jars now: they will be fetched when an embedded ZooKeeper is first used"

ENV LABKIT_PORT=8888
CMD exec jupyter lab --no-browser --ServerApp.ip=0.0.0.0 --ServerApp.port=${LABKIT_PORT} --ServerApp.port_retries=0 \
    --ServerApp.custom_display_url=http://127.0.0.1:${LABKIT_PORT}/lab/tree/notebooks/00_start_here.ipynb \
    --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb
