"""Manuals and other materials: titles, stock by place, and the papers by which copies change hands."""
