# The same commands as `./dev`, for those who type make.
.PHONY: demo test docs fixtures
demo test docs fixtures:
	@./dev $@
