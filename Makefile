.DEFAULT_GOAL := help
.PHONY: help build test test-fast lint dist demo bench bench-cluster bench-control bench-restore corpus sim fuzz fuzz-dns clean

help: ## list all targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## compile everything
	@dotnet build Konsul.Mesh.sln -v q -nologo

dist: ## publish dist/bin/konsul-server, konsul-proxy and konsulctl
	@eng/dist.sh

test: ## install what the tests need, build, run every test
	@eng/test.sh

test-fast: ## the unit ring only
	@eng/test.sh --fast

lint: ## formatting and analyzers, warnings are errors
	@dotnet format Konsul.Mesh.sln --verify-no-changes --no-restore

demo: ## build and prove the main job on real programs (ONCE=1: run the steps and exit)
	@eng/demo.sh

bench: ## side-by-side benchmarks against HAProxy, nginx and Caddy
	@eng/bench.sh

bench-cluster: ## three servers: beside etcd, failover, a large state
	@eng/bench.sh cluster

bench-control: ## one server: catalog, held requests, DNS
	@eng/bench.sh control

bench-restore: ## a large state made of its snapshot; BEFORE=folder of another build to compare with
	@eng/bench.sh restore

fuzz: ## RUNS=1000000 hostile inputs to each parser that has a property test
	@eng/fuzz.sh $(RUNS)

corpus: ## run outside cases, DIR=folder (default: KONSUL_CORPUS, else ../shared/corpus)
	@eng/corpus.sh $(if $(DIR),"$(DIR)")

sim: ## simulate clusters: SEEDS=1000 FROM=1, or one again: SEED=123 TRACE=1; WITHOUT=Rule
	@SEEDS="$(SEEDS)" FROM="$(FROM)" SEED="$(SEED)" TRACE="$(TRACE)" WITHOUT="$(WITHOUT)" eng/sim.sh

fuzz-dns: ## damaged packets against the DNS decoder: N=1000000 SEED=1
	@eng/fuzz-dns.sh "$(or $(N),1000000)" "$(or $(SEED),1)"

clean: ## remove build output
	@rm -rf artifacts dist
