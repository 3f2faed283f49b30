"""The atlas: a page for every compound, 一区一图 and 一小区一策 on one sheet of paper."""
