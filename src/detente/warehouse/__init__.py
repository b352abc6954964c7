"""The warehouse: one private build file, read-only published copies, a symlink between them."""
