"""A business that never was, with all its tables and the truth about it."""
