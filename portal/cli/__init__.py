"""Commands for operators: each prints one JSON object with --json, and refuses with a reason."""
