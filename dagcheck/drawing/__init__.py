"""Task graphs, and the graph between DAGs, as text, Mermaid, DOT, SVG and JSON."""
