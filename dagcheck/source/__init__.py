"""Bytes to text and syntax tree, suppression comments, discovery of files."""
