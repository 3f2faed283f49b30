"""Results drawn or written: maps, tables, files. Pure: the date, the policy and the language are arguments."""
