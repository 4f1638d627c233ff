"""What a process holds of the machine's memory, and how much of that it has in use.

The two are not the same: requests of hundreds of megabytes leave pieces that are free, and not the system's again.
"""

import ctypes
import gc
import os
import sys
from dataclasses import dataclass
from pathlib import Path

_MORE_HELD_MB = 100
_MORE_IN_USE_MB = 50
_MORE_BLOCKS = 0.1
_MALLINFO2 = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"


class _Malloc(ctypes.Structure):
    """glibc's `struct mallinfo2`; over all arenas."""

    _fields_ = [(name, ctypes.c_size_t) for name in _MALLINFO2.split()]


@dataclass(frozen=True, slots=True)
class Memory:
    """Of this process."""

    held_mb: float
    malloc_mb: float
    """In use of what C libraries took: messages, gRPC's, libpq's."""
    python_blocks: int

    @classmethod
    def now(cls) -> "Memory":
        """After what nothing refers to is gone."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        mallinfo2 = ctypes.CDLL(None).mallinfo2
        mallinfo2.restype = _Malloc
        told = mallinfo2()
        malloc = told.uordblks + told.hblkhd
        return cls(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, malloc / 2**20, sys.getallocatedblocks())

    def grown(self, before: "Memory") -> bool:
        """By more than a campaign may."""
        return (
            self.held_mb > before.held_mb + _MORE_HELD_MB
            or self.malloc_mb > before.malloc_mb + _MORE_IN_USE_MB
            or self.python_blocks > before.python_blocks * (1 + _MORE_BLOCKS)
        )

    def __str__(self) -> str:
        return (
            f"{self.malloc_mb:.0f} MB and {self.python_blocks / 1e6:.2f} million objects in use,"
            f" {self.held_mb:.0f} MB held"
        )
