"""What made an output: its inputs, parameters and version, in a JSON record beside it.

Every command that writes results asks here whether a result that exists is the one that it
would make: then it is kept, otherwise refused with what differs.
"""

from __future__ import annotations

from percept_adv.provenance.origin import Origin
from percept_adv.provenance.output import MADE_BY, Output, file_sha256, record_beside

__all__ = ["MADE_BY", "Origin", "Output", "file_sha256", "record_beside"]
