"""How often the coder is right: gold read, mentions aligned, figures with intervals, tables."""
