"""Commands for operators: each prints one JSON object with --json, or refuses with a reason."""
