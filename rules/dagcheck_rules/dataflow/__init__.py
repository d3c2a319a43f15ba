"""XCom, templates, arguments, assets, and dependencies between DAGs."""
