"""Keep titles and move stock."""
