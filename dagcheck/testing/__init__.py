"""For the tests of users: rule examples, hypothesis strategies, the rerun harness."""
