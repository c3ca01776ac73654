"""Pages that a declaration alone does not give, one module a subject."""
