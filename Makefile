# Every target works without make too: python3 tuangou/bootstrap.py TARGET [ARGS]
# PORT=… and DATA_DIR=… are honoured by all of them; ARGS="…" is passed on.
PORT ?= 8000
export PORT
ifdef DATA_DIR
export DATA_DIR
endif

TARGETS := run test manage bench soak shots clean lint messages shell-db
.PHONY: $(TARGETS)
.DEFAULT_GOAL := run

$(TARGETS):
	@python3 tuangou/bootstrap.py $@ $(ARGS)
