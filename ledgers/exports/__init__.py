"""Ledgers as official workbooks: streamed, masked, recorded."""
