"""What verdicts add to the ledgers of households, settlements and persons."""
