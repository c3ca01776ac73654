"""Workbooks into ledgers: read, understand, check, show, and only then store in one transaction."""
