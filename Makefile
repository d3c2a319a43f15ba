# The same commands as `./dev`, for those who type make.
.PHONY: demo test oracle docs fixtures
demo test oracle docs fixtures:
	@./dev $@
