# A thin face over tools/course.py, which does the set-up and the work.
# On Windows: py tools/course.py lab, py tools/course.py test.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: lab demo test browser-test notebooks lint bench gpu-check memory site site-test kit help

lab demo test browser-test notebooks lint bench gpu-check memory site site-test kit help:
	@command -v $(PYTHON) >/dev/null || { \
	echo "The course needs Python 3.11 to 3.14; python.org has 3.13." >&2; exit 2; }
	@$(PYTHON) tools/course.py $@
