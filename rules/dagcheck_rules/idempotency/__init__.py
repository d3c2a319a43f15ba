"""What a rerun would do twice or differently."""
