"""The public shape of what is extracted. Import the parts: `dagcheck.model.dag`, `dagcheck.model.values`; `dagcheck.model.public` and `dagcheck.model.checked` need pydantic."""
