"""Excel workbooks in and out: reading what counties send, finding the headings, writing the official frame, marking faults."""
