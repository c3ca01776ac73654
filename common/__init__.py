"""Library of the project: field types, codes, dates, scope, clock, changes. No table of its own."""
