"""The rules that come with dagcheck: one folder a family, one file a rule. They enter by the entry point `dagcheck.rules`, like any other pack."""
