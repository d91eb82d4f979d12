"""Nominations that staff enter: upload, fix, import and undo a list; add one person by hand."""
