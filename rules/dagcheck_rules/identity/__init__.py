"""Ids that are double, invalid or collide."""
