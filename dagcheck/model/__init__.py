"""The public shape of what is extracted. Import the parts: `dagcheck.model.dag` (needs pydantic), `dagcheck.model.values` (needs nothing)."""
