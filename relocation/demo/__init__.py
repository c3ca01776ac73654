"""Generated people for demonstration and measuring: never real ones. Plan (exact totals) > generate (rows) > load."""
