# Everything a person does with Switchboard. The work is done by the scripts in compose/local.

.DEFAULT_GOAL := help
.PHONY: help up down token build test bench audit load lint format docs docs-check clean-data

local := compose/local

help: ## Says what there is to do
	@echo 'Switchboard: WebSocket connections on many machines that behave like one server.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Set in the environment or after make, for example: make up GATEWAY_PORT=18080'
	@echo '  ports       GATEWAY_PORT 8080  EDGE_1_PORT 9101  EDGE_2_PORT 9111  ROUTER_PORT 9102'
	@echo '              PRESENCE_PORT 9103  HISTORY_PORT 9104  REDIS_PORT 6390  POSTGRES_PORT 5490'
	@echo '  by TLS      TLS=true (TLS_PORT 8443), with a certificate made for this machine; or TLS_CERTIFICATE and TLS_KEY: yours'
	@echo '  where       DATA_DIR .data  HOST 127.0.0.1 (services)  GATEWAY_HOST 127.0.0.1'
	@echo '  instead     REDIS_URL, DATABASE_URL, AUTH_JWT_SECRET, AUTH_JWKS_FILE: yours are used, none are made'
	@echo '  every other setting of a service: docs/configuration.md'

up: ## Builds and runs all of it on this machine until Ctrl-C; the demo is at http://127.0.0.1:8080/
	@env --default-signal=INT,TERM,HUP $(local)/up

down: ## Stops what `make up` started, from another terminal
	@$(local)/down

token: ## Prints a token: make token USER=alice [SCOPE="admin broadcast"] [LIFETIME=3600]
	@$(if $(filter command,$(origin USER)),,$(error Which user? make token USER=alice))$(local)/token "$$USER" "$$SCOPE" "$${LIFETIME:-3600}"

build: ## Builds everything in release mode
	@$(local)/install build
	swift build -c release

test: ## Builds and runs all tests: units, real Redis and Postgres, real services, a browser
	@$(local)/test

bench: ## Measures frames, codecs, parsers, fan-out and state machines by themselves, and fails where one has become much slower
	@$(local)/bench

audit: ## Proves that nothing is lost, whatever dies: every fault, three seeds, some hours: make audit [AUDIT="--only edge-killed --seeds 1"]
	@$(local)/audit $(AUDIT)

load: ## Measures each service and the whole, briefly; reports in load-results/: make load [LOAD="edge system"] [LOAD_SYSTEM="--start --steps knee"]
	@$(local)/load

lint: ## Checks the formatting and the house rules of the Swift code
	swift format lint --strict --recursive Package.swift Shared Services Tests

format: ## Formats the Swift code
	swift format --in-place --recursive Package.swift Shared Services Tests

docs: ## Writes the tables of docs/configuration.md from the settings that the services declare
	@$(local)/docs

docs-check: ## Checks that links between the documents lead somewhere, and that what alerts look at is explained
	@$(local)/docs-check

clean-data: ## Throws away all messages, users and secrets of this clone
	@$(local)/clean-data
