"""The web application over a workspace: `index` finds outcomes fast, `filters` says which."""
