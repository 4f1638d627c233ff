"""What a process has in use of the memory that it holds.

What it holds grows on its own: requests of hundreds of megabytes leave it in pieces that are free, and not the
system's again. A leak is in what was given out and never given back.
"""

import ctypes
import gc
import os
import sys
from dataclasses import dataclass
from pathlib import Path

_MORE_MB = 50
_MORE_SHARE = 0.1
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
        """By more than what a campaign's own bookkeeping and the moment make."""
        more = self.python_blocks - before.python_blocks
        return self.malloc_mb > before.malloc_mb + _MORE_MB or more > before.python_blocks * _MORE_SHARE

    def __str__(self) -> str:
        return (
            f"{self.malloc_mb:.0f} MB and {self.python_blocks / 1e6:.2f} million objects in use,"
            f" {self.held_mb:.0f} MB held"
        )
