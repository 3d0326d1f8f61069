"""From any table of the user's to typed rows with a target and a sample: `source` opens, `samples` splits, `profile` describes."""
