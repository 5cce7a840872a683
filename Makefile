# Every target does its own set-up; `make` alone lists them. Only tool calls live here: the commands
# are npm scripts (package.json).

.DEFAULT_GOAL := help
.PHONY: help run demo test faults hammer clients check fmt lint generate build migrate verify bench clean node

# npm writes this file last in every install, so it is the stamp that node_modules is complete.
installed := node_modules/.package-lock.json
npm-run := @npm run --silent

# A program started from here is for trying things out, unless the environment says otherwise.
run demo migrate verify: export EWALLET_PROFILE ?= development

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## install what is missing, build, migrate and serve in the development profile
	@exec ./dist/src/main.js

demo: build ## walk through a payment as a user's program would, on a running server or its own
	$(npm-run) demo

test: $(installed) ## run the whole suite on SQLite and MySQL, with all set-up
	$(npm-run) test

faults: $(installed) ## kill servers and databases, cut and stall their connections, under load, many times over
	$(npm-run) faults

hammer: $(installed) ## the long load runs: two servers, many processes that are killed, verification meanwhile
	$(npm-run) hammer

clients: $(installed) ## build and test the clients in all languages against real servers; ONLY="go java": these
	$(npm-run) clients -- $(ONLY)

check: $(installed) ## format, lint, types, protos, architecture, generated files fresh
	$(npm-run) check

fmt: $(installed) ## format and fix what can be fixed
	$(npm-run) fmt

lint: $(installed) ## check format and lint rules, of the code and of the protos
	$(npm-run) lint

generate: $(installed) ## vendor the protos of others and generate code and descriptor sets
	$(npm-run) generate

build: $(installed) ## compile into dist/
	$(npm-run) build

migrate: build ## bring the database's schema up to date
	@exec ./dist/src/main.js migrate

verify: build ## prove the ledger: every balance, version and record against the entries; MODE=incremental: what is new
	@exec ./dist/src/main.js verify $(if $(MODE),--$(MODE))

bench: build ## measure and write docs/benchmarks.md; ONLY=lone,book: these scenarios; ROUNDS=3: each leg so often; QUICK=1: a short run
	$(npm-run) bench -- $(if $(QUICK),--quick,--write) $(if $(ONLY),--only=$(ONLY)) $(if $(ROUNDS),--rounds=$(ROUNDS))

clean: ## remove what is built and installed; databases stay
	@rm -rf dist coverage node_modules

$(installed): package-lock.json | node
	@echo "Installing dependencies."
	@npm ci --no-audit --no-fund --loglevel=error

node:
	@command -v node >/dev/null || { \
	  echo "EWallet needs Node.js: https://nodejs.org, or your package manager." >&2; exit 1; }
	@node scripts/check-node.mjs
