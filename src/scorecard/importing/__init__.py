"""An incumbent as a scorecard of this kit: `table` and `pmml` read what it is written in, `card` makes one of it, `proof` holds it to scored rows.

What the file does not say is given by its owner, and what cannot be read exactly is refused.
"""

from scorecard.importing.card import Attribute, Given, Written, assemble
from scorecard.importing.pmml import read_pmml
from scorecard.importing.proof import fitted, proven, unproven
from scorecard.importing.table import read_table

__all__ = ["Attribute", "Given", "Written", "assemble", "fitted", "proven", "read_pmml", "read_table", "unproven"]
