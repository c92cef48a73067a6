# Everything a clone needs is python3 (3.11 or newer, with venv) and git; the rest comes from PyPI into .venv.
PYTHON ?= python3
# Half as many processes of tests again as there are cores: a test also waits, for the disk and for what it starts.
JOBS   ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores + (cores + 1) / 2)))
BIN    := .venv/bin

# Python starts two to four times slower without compiled bytecode.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help hello ui server test check format docs pictures bench storm soak clean needed browser containers postgres kubernetes deployment

help:  ## what can be made
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

hello: .venv/.installed  ## run the first flow
	@$(BIN)/gitflow run hello-world --input name=World

ui: .venv/.installed-ui  ## build the web pages, unless they are fresh
	@$(BIN)/python ui/build.py

server: ui  ## serve workspaces/default, with its pages, on this machine
	@$(BIN)/gitflow server

test: .venv/.installed-dev needed  ## run the tests, but those that need a part which not every machine has
	$(BIN)/pytest -n $(JOBS) -m "not part"

check: .venv/.installed-dev needed  ## format, lint, types, floors, tests: what a change must pass
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test
	$(BIN)/python ui/build.py check
	$(BIN)/python ui/build.py twice
	$(MAKE) --no-print-directory ui browser containers postgres kubernetes deployment
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -m "part and not cluster"
	$(BIN)/pytest -m cluster

format: .venv/.installed-dev  ## write the code in the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/.installed-dev  ## write the reference pages anew
	$(BIN)/python docs/generate.py

pictures: ui  ## take the pictures of docs/how-to/web-pages.md anew, from a real server in Chromium
	$(BIN)/python tests/browser/pictures.py

bench: .venv/.installed-dev  ## measure gitflow beside its peers; ROWS="hello chain40" measures only those
	$(BIN)/python -m benchmarks $(ROWS)

storm: .venv/.installed-dev needed  ## long trials of what must hold when everything goes wrong; ONLY="simulate" runs only that
	$(BIN)/python -m storms $(ONLY)
	$(if $(ONLY),,HYPOTHESIS_PROFILE=thorough $(BIN)/pytest -n $(JOBS) -m hypothesis)

SECONDS ?= 600
soak: .venv/.installed-dev needed  ## a server under load for SECONDS (600): memory, descriptors and threads stay flat
	$(BIN)/python -m storms soak --seconds $(SECONDS)

clean:  ## remove all that was made
	rm -rf .venv .bench build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf ui/dist ui/node_modules src/gitflow/api/pages/built
	find src tests benchmarks storms docs -name __pycache__ -type d -prune -exec rm -rf {} +

# The package is installed from the work tree (a change needs no new installation) and compiled once.
.venv/.installed: pyproject.toml | .venv/bin/python
	@echo "installing gitflow into .venv (once)"
	@$(BIN)/pip install --quiet --editable .
	@$(BIN)/python -m compileall -q src/gitflow
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	@echo "installing gitflow and what its tests need into .venv (once)"
	@$(BIN)/pip install --quiet --editable '.[dev]'
	@$(BIN)/python -m compileall -q src/gitflow
	@touch $@ .venv/.installed .venv/.installed-ui

# Who only looks at the pages needs none of the tests' packages.
.venv/.installed-ui: pyproject.toml | .venv/bin/python
	@echo "installing gitflow and what builds its web pages into .venv (once)"
	@$(BIN)/pip install --quiet --editable '.[dev-ui]'
	@$(BIN)/python -m compileall -q src/gitflow
	@touch $@ .venv/.installed

# The linters of deploy/, which nothing else needs.
.venv/.installed-deploy: pyproject.toml tests/deploy/get_helm.py | .venv/.installed-dev
	@echo "installing the linters of deploy/ into .venv (once)"
	@$(BIN)/pip install --quiet --editable '.[dev-deploy]'
	@$(BIN)/python tests/deploy/get_helm.py $(BIN)
	@touch $@ .venv/.installed .venv/.installed-ui .venv/.installed-dev

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "python3 is missing; on Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "gitflow needs Python 3.11 or newer; $$($(PYTHON) --version) is too old. Name another with: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || $(MAKE) --no-print-directory .venv/venv-is-missing
	@$(PYTHON) -m venv --clear .venv

# A machine of a continuous integration may lack what a person's has; there, and only there, it is installed.
IN_CI = [ "$$CI" = true ] && [ "$$(id -u)" = 0 ]

.PHONY: .venv/venv-is-missing
.venv/venv-is-missing:
	@if $(IN_CI); then apt-get update -qq && apt-get install -qy python3-venv; \
	else echo "Python's venv is missing; on Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; fi

# On a person's machine the tests of signatures are skipped where a program is missing, and say so.
needed:
	@missing=""; for tool in git bash dash busybox; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	signing=""; for tool in ssh-keygen=openssh-client gpg=gpg gpg-agent=gpg-agent gpgv=gpgv; do \
	  command -v $${tool%=*} >/dev/null || signing="$$signing $${tool#*=}"; done; \
	if $(IN_CI) && [ -n "$$missing$$signing" ]; then apt-get update -qq && apt-get install -qy $$missing $$signing; \
	elif [ -n "$$missing" ]; then \
	  echo "the tests need$$missing; on Debian or Ubuntu: sudo apt-get install$$missing" >&2; exit 1; fi

# On a person's machine the tests in a browser are skipped where Chromium is missing, and say so.
browser:
	@if ! command -v chromium >/dev/null && $(IN_CI); then apt-get update -qq && apt-get install -qy chromium; fi

# The same for containers: podman with its parts, what the tests make images of, and what they pull from.
CONTAINER_PROGRAMS := podman runc conmon catatonit docker-registry newuidmap
CONTAINER_PACKAGES := podman runc conmon catatonit docker-registry busybox-static uidmap slirp4netns
containers:
	@missing=""; for tool in $(CONTAINER_PROGRAMS); do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	if ldd "$$(command -v busybox)" >/dev/null 2>&1; then missing="$$missing busybox-static"; fi; \
	if [ -n "$$missing" ] && $(IN_CI); then \
	  apt-get update -qq && apt-get install -qy --no-install-recommends $(CONTAINER_PACKAGES); fi; \
	if $(IN_CI) && ! grep -qs . /etc/subuid; then useradd --create-home rootless; fi  # who may use subordinate ids

# The same for PostgreSQL: its tests start a cluster of their own.
postgres:
	@if ! ls /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres >/dev/null 2>&1 && \
	  ! command -v postgres >/dev/null && $(IN_CI); then apt-get update -qq && apt-get install -qy postgresql; fi

# The same for Kubernetes: its control plane is built once (about 5 minutes), and kept in ~/.cache/gitflow/kubernetes.
KUBERNETES_PACKAGES := etcd-server golang-go dpkg-dev buildah
kubernetes:
	@if $(IN_CI); then \
	  missing=""; for tool in etcd go dpkg-source buildah; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	  if [ -n "$$missing" ]; then \
	    apt-get update -qq && apt-get install -qy --no-install-recommends $(KUBERNETES_PACKAGES); fi; \
	  tools/kubernetes/build.sh; fi

# The same for what a deployment is made of: a proxy with TLS, systemd's checks of units, and images with their base.
DEPLOYMENT_PROGRAMS := nginx=nginx-light openssl=openssl curl=curl systemd-analyze=systemd buildah=buildah mmdebstrap=mmdebstrap
deployment: .venv/.installed-deploy
	@missing=""; for tool in $(DEPLOYMENT_PROGRAMS); do command -v $${tool%=*} >/dev/null || missing="$$missing $${tool#*=}"; done; \
	if [ -n "$$missing" ] && $(IN_CI); then apt-get update -qq && apt-get install -qy --no-install-recommends $$missing; fi
