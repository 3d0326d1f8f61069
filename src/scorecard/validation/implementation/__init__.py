"""Is what is deployed what was developed? Coefficients, points and scores from the raw table by a second way, and parity of an export.

`independent` the second way, `replication` what it gives beside the file and the rows, `parity` beside an export.
"""
