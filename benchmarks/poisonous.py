"""Documents that end what reads them; a module of its own, so that workers can unpickle them."""

import ctypes

from detente.model import Document


class RaisingDocument(Document):
    """Its text cannot be read."""

    @property
    def body(self) -> str:
        """Raise, as a bug on one text would."""
        raise RuntimeError("this text cannot be read")


class DeadlyDocument(Document):
    """Whoever reads its text dies of a segmentation fault."""

    @property
    def body(self) -> str:
        """Read address 0: the process gets SIGSEGV, as from a bug in compiled code."""
        return str(ctypes.string_at(0))
