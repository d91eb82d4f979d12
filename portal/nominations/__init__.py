"""What staff enter: upload a list, mend it, import it, undo it; add one by hand."""
