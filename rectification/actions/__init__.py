"""The only writers of the supervision ledgers, one module a subject."""
