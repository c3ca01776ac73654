"""What is checked of rows before they are stored, the same for form, sheet and interface."""
