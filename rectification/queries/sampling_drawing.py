"""The draw as a documented function of seed and frame, in plain Python: what anybody can do again with any tool.

In each stratum households are ranked by SHA-256 of `seed|household code` (UTF-8); the first are the sample, the following
ones its replacements in order. Where counties are drawn first they are ranked by SHA-256 of `seed|county code` (12 digits).
The frame is a text of lines `stratum|household code`, sorted by stratum and code, each ended by a line feed; its digest is
the SHA-256 of that text. The commitment is the SHA-256 of the seed. The draw itself is made in SQL (sampling_frames); this
module is what it is held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

METHOD = "SHA-256"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def commitment_of(seed: str) -> str:
    return digest(seed)


def ranked(seed: str, codes: Iterable[str]) -> list[str]:
    """The codes in the order in which they are drawn."""
    return sorted(codes, key=lambda code: sha256(f"{seed}|{code}".encode()).digest())


def counties_ranked(seed: str, counties: Iterable[int]) -> list[int]:
    return [int(code) for code in ranked(seed, (f"{county:012d}" for county in counties))]


def frame_lines(frame: Mapping[str, str]) -> Iterator[str]:
    """The published frame, line by line; `frame` holds the codes of each stratum, a line each."""
    for key in sorted(frame):
        for code in frame[key].split("\n"):
            if code:
                yield f"{key}|{code}\n"


def frame_digest(frame: Mapping[str, str]) -> str:
    found = sha256()
    for line in frame_lines(frame):
        found.update(line.encode())
    return found.hexdigest()


@dataclass(frozen=True)
class Drawn:
    """What is stored of a stratum: its codes on the frame's day, how many were to be drawn, and those that were, by
    rank; `taken` is whether its county was drawn."""

    key: str
    county: int
    codes: str
    size: int
    households: Mapping[int, str]
    taken: bool = True


@dataclass
class Redraw:
    """How a draw made again stands to the stored one; nothing told means that they are equal."""

    checked: int = 0
    commitment: bool = True
    frame: bool = True
    counties: list[int] = field(default_factory=list)
    differing: list[tuple[str, int, str, str]] = field(default_factory=list)  # stratum, rank, stored, drawn again

    @property
    def equal(self) -> bool:
        return self.commitment and self.frame and not self.counties and not self.differing


def redraw(
    seed: str,
    commitment: str,
    stored_digest: str,
    strata: Iterable[Drawn],
    counties_drawn: int | None = None,
    whole: bool = True,
) -> Redraw:
    """Draw again from the stored frame and say what differs. Without the `whole` of the households, those that are known
    are held against the ranks that they have."""
    strata = list(strata)
    result = Redraw(commitment=commitment_of(seed) == commitment)
    result.frame = frame_digest({stratum.key: stratum.codes for stratum in strata}) == stored_digest
    if counties_drawn is not None:
        wanted = set(counties_ranked(seed, {stratum.county for stratum in strata})[:counties_drawn])
        taken = {stratum.county for stratum in strata if stratum.taken}
        result.counties = sorted(wanted ^ taken)
    for stratum in strata:
        order = ranked(seed, (code for code in stratum.codes.split("\n") if code))
        # Ranks without a gap: nobody was left out or put in between.
        last = max([stratum.size, *stratum.households]) if stratum.taken else max([0, *stratum.households])
        for rank in range(1, last + 1) if whole else sorted(stratum.households):
            again = order[rank - 1] if rank <= len(order) and stratum.taken else ""
            held = stratum.households.get(rank, "")
            result.checked += 1
            if held != again:
                result.differing.append((stratum.key, rank, held, again))
    return result
